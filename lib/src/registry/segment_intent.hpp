// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "registry/directory.hpp"
#include "segment/geometry.hpp"
#include "segment/objects.hpp"
#include "system/byte_lock.hpp"

/// \file
/// Making System V segments so that a kill leaves none for long. Such a segment belongs to nobody until it is attached
/// and marked for removal. So a hidden file says first which keys it will have, under a lock that goes with this
/// process; whoever finds that file without a lock removes what it tells of.

namespace quoit::registry {

/// Two segments on their way: made by the constructor, to be attached, and marked for removal by the destructor, from
/// where on they live as long as they are attached somewhere.
class segment_intent {
 public:
  /// Throws `quoit::error`; nothing is left then.
  segment_intent(directory const& dir, segment::rules const& r);
  segment_intent(segment_intent const&) = delete;
  segment_intent& operator=(segment_intent const&) = delete;
  ~segment_intent();

  segment::segment_ids ids() const noexcept { return ids_; }

 private:
  void remove() noexcept;

  directory const* dir_;
  std::string file_;
  sys::byte_lock lock_;
  segment::segment_ids ids_;
};

/// Whether a file of the registry directory is called as one of an intent.
bool is_intent(std::string const& file) noexcept;

/// Removes what a killed one has left of this intent, and the file itself.
void sweep_intent(directory const& dir, std::string const& file);

}  // namespace quoit::registry
