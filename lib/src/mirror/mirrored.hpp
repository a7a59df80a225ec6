// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

#include "mirror/address_range.hpp"
#include "mirror/region.hpp"
#include "system/no_fork.hpp"

/// \file
/// An object mapped twice, back to back (the picture is in quoit/mirror.hpp). Nothing else in Quoit has to know of
/// wrap-around.

namespace quoit::mirror {

class mirrored {
 public:
  /// Maps the first `size` bytes of the object (a multiple of the page) twice. Throws `quoit::error` and leaves
  /// nothing behind. The data is left out of core dumps: the kernel holds a dying process's locks until its core
  /// is written, so a crashed publisher of a large ring would be "alive" for seconds.
  mirrored(object const& what, access mode, std::size_t size);

  std::byte* base() const noexcept { return first_.base(); }
  std::size_t size() const noexcept { return first_.size(); }

 private:
  mirrored(object const& what, access mode, std::size_t size, address_range range, sys::no_fork const& guard);

  region first_;
  region second_;
};

}  // namespace quoit::mirror
