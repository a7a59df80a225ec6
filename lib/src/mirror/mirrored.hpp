// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "mirror/address_range.hpp"
#include "mirror/bus_guard.hpp"
#include "mirror/region.hpp"
#include "quoit/options.hpp"
#include "system/no_fork.hpp"

/// \file
/// An object mapped twice, back to back (the picture is in quoit/mirror.hpp). Nothing else in Quoit has to know of
/// wrap-around.

namespace quoit::mirror {

class mirrored {
 public:
  /// Maps `size` bytes of the object (a multiple of the page, as is the offset) twice. Throws `quoit::error` and leaves
  /// nothing behind. The data is left out of core dumps: the kernel holds a dying process's locks until its core
  /// is written, so a crashed publisher of a large ring would be "alive" for seconds.
  mirrored(object const& what, access mode, std::size_t size, std::uint64_t offset = 0);

  /// Does with both halves as the user wants it. Throws `quoit::error` for what was asked for and cannot be had.
  void prepare(mapping_options const& how, access mode);

  /// If the object loses pages (of that size), an access sets this flag and finds zeros, instead of being the end of
  /// the process.
  void guard(std::size_t page, std::shared_ptr<std::atomic<bool>> const& lost);

  std::byte* base() const noexcept { return first_.base(); }
  std::size_t size() const noexcept { return first_.size(); }

 private:
  mirrored(object const& what, access mode, region::placement where, address_range range, sys::no_fork const& guard);

  region first_;
  region second_;
  bus_guard guard_;
};

}  // namespace quoit::mirror
