// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include "registry/entry.hpp"

namespace quoit::registry {

/// A file without a name, complete, with its first holder's byte locked: all that is missing is a link.
struct unnamed {
  entry file;
  sys::byte_lock lock;
};

/// An empty file without a name in this directory.
sys::descriptor make_unnamed(directory const& dir);

/// What a new entry says beside what its memory does.
struct entry_content {
  std::string path;       ///< Of the entry.
  std::string_view file;  ///< Of the memory, if that is a file.
};

/// Makes one in this directory; of System V segments, out of the file that carries their locks already.
unnamed prepare(directory const& dir, segment::memory const& m, entry_content const& c);

/// Gives an unnamed file this name, if nothing has it: 0, or errno.
int link_as(directory const& dir, entry const& e, std::string const& file);

/// A new file under a name of its own, to be renamed over an old one. Goes away if that does not happen.
class hidden_link {
 public:
  hidden_link(directory const& dir, entry const& e, segment::uuid const& id);
  hidden_link(hidden_link const&) = delete;
  hidden_link& operator=(hidden_link const&) = delete;
  ~hidden_link();

  /// Puts it in the place of the old file in one step. The caller has the janitor's lock.
  void rename_over(std::string const& file);

 private:
  directory const* dir_;
  std::string name_;
};

}  // namespace quoit::registry
