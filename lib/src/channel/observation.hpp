// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "quoit/observer.hpp"
#include "ring/ring.hpp"
#include "segment/memory.hpp"
#include "system/fork_mark.hpp"

namespace quoit::detail {

/// A channel that this process looks at: its memory, mapped read-only. Held under no name.
class observation {
 public:
  /// The channel of that name, or nothing.
  static std::shared_ptr<observation> find(std::string_view name, mapping_options const& how,
                                           std::optional<uid_t> owner = {});

  /// The one in this file, or nothing.
  static std::shared_ptr<observation> of_file(std::string_view name, std::string const& path,
                                              mapping_options const& how, std::optional<uid_t> owner = {});

  static std::shared_ptr<observation> from(handles const& h, mapping_options const& how);

  observation(segment::memory memory, std::string name, std::string path);
  observation(observation const&) = delete;
  observation& operator=(observation const&) = delete;

  ring::ring const& shared() const noexcept { return ring_; }
  segment::memory const& memory() const noexcept { return memory_; }
  std::byte* data() const noexcept { return data_->base(); }
  std::string const& name() const noexcept { return name_; }
  std::string const& path() const noexcept { return path_; }
  bool is_stream() const noexcept { return memory_.geometry().is_stream(); }
  bool is_own() const noexcept { return sys::is_own(mark_); }

 private:
  sys::mark mark_;
  std::string name_;
  std::string path_;
  segment::memory memory_;
  std::shared_ptr<mirror::mirrored> data_;
  ring::ring ring_;
};

}  // namespace quoit::detail
