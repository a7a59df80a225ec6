// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include "quoit/options.hpp"
#include "registry/registry.hpp"
#include "segment/memory.hpp"

namespace quoit::detail {

/// The memory of a new channel, as its rules say; or a pair of memfds, if that is allowed and the other cannot be had.
/// A file has no name yet.
segment::memory make_memory(segment::rules const& r, std::string_view name, std::string const& path,
                            channel_options const& options);

/// Gives a new channel's file its name, and takes it away again unless `keep()` is called.
class file_name {
 public:
  /// Throws `errc::exists` if something is there: anything, or, if that may be replaced, what is no channel's file.
  file_name(int file, std::string path, registry::channel_side const& channels, registry::if_held what);
  file_name(file_name const&) = delete;
  file_name& operator=(file_name const&) = delete;
  ~file_name();

  /// The name is to stay. Now also what was there before is replaced, and those inside it are told.
  void keep();

 private:
  void replace_old();

  int file_;
  std::string path_;
  registry::channel_side const* channels_;
  segment::objects old_;
  bool linked_ = false;
};

}  // namespace quoit::detail
