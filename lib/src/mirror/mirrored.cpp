// SPDX-License-Identifier: BSL-1.0
#include "mirror/mirrored.hpp"

namespace quoit::mirror {

namespace {

/// Maps one half over the front of what is left of the range, which then belongs to the mapping.
region take_half(object const& what, access mode, std::size_t size, address_range& range) {
  region half(what, mode, {.size = size, .address = range.base()});
  range.hand_over(size);
  return half;
}

}  // namespace

mirrored::mirrored(object const& what, access mode, std::size_t size)
    : mirrored(what, mode, size, address_range(2 * size, alignment_for(size)), sys::no_fork()) {}

mirrored::mirrored(object const& what, access mode, std::size_t size, address_range range, sys::no_fork const&)
    : first_(take_half(what, mode, size, range)), second_(take_half(what, mode, size, range)) {
  for (auto* const half : {&first_, &second_}) {
    half->keep_from_children();
    half->keep_from_core_dumps();
  }
}

}  // namespace quoit::mirror
