// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

#include "mirror/address_range.hpp"
#include "mirror/region.hpp"
#include "system/no_fork.hpp"

/// \file
/// Memory mapped twice, back to back:
///
///     object            address space
///     +---------+       +---------+  base
///     | N bytes | ----> | N bytes |
///     +---------+  \    +---------+  base + N
///                   --> | again   |
///                       +---------+  base + 2N
///
/// base[i] and base[i + N] are the same byte, so each range of up to N bytes that begins in the first half is one
/// contiguous span, also where it crosses the ring's seam. Nothing else in Quoit has to know of wrap-around.

namespace quoit::mirror {

class mirrored {
 public:
  /// Maps the first `size` bytes of the object (a multiple of the page) twice. Throws `quoit::error` and leaves
  /// nothing behind. The data is left out of core dumps: the kernel holds a dying process's locks until its core
  /// is written, so a crashed publisher of a large ring would be "alive" for seconds.
  mirrored(int fd, access mode, std::size_t size);

  std::byte* base() const noexcept { return first_.base(); }
  std::size_t size() const noexcept { return first_.size(); }

 private:
  mirrored(int fd, access mode, std::size_t size, address_range range, sys::no_fork const& guard);

  region first_;
  region second_;
};

}  // namespace quoit::mirror
