// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

#include "registry/entry.hpp"

/// \file
/// Changing what a name leads to. Whoever does it has a lock in the old file, so that no two do it at once; a killed
/// one's lock is gone with it, a stopped one is waited for, but not for ever.

namespace quoit::registry {

enum class janitor_result {
  locked,   ///< The lock is held, and the path still led to this file afterwards.
  held,     ///< There are holders.
  changed,  ///< The path leads elsewhere: look again.
};

class janitor {
 public:
  /// For a dead name: all bytes at once, so that nobody can become a holder meanwhile.
  static janitor of_dead(entry const& e);

  /// For a live name: the janitor's byte alone.
  static janitor of_live(entry const& e);

  janitor_result result() const noexcept { return result_; }

 private:
  janitor(janitor_result result, sys::byte_lock lock) : result_(result), lock_(std::move(lock)) {}
  static janitor wait_for(entry const& e, sys::byte_range range);

  janitor_result result_;
  sys::byte_lock lock_;
};

/// Deletes what creators left that were killed before that rename: files of ours with such a name that nobody holds.
/// And System V segments that were on their way, and the sockets of keepers that were killed.
void sweep(directory const& dir);

}  // namespace quoit::registry
