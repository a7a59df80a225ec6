// SPDX-License-Identifier: BSL-1.0
#include "mirror/mirror.hpp"

#include <algorithm>

#include <sys/shm.h>

#include "system/page.hpp"

namespace quoit::mirror {

namespace {

std::size_t alignment_for(std::size_t size) {
  constexpr std::size_t huge_page = std::size_t{2} << 20U;
  auto const attach = static_cast<std::size_t>(SHMLBA);  // caches indexed by virtual address want it on some machines
  auto const least = std::max(sys::page_size(), attach);
  return size % huge_page == 0 ? std::max(least, huge_page) : least;
}

/// Maps one half over the front of what is left of the range, which then belongs to the mapping.
region take_half(int fd, access mode, std::size_t size, address_range& range) {
  region half(fd, mode, {.size = size, .address = range.base()});
  range.hand_over(size);
  return half;
}

}  // namespace

mirrored::mirrored(int fd, access mode, std::size_t size)
    : mirrored(fd, mode, size, address_range(2 * size, alignment_for(size)), sys::no_fork()) {}

mirrored::mirrored(int fd, access mode, std::size_t size, address_range range, sys::no_fork const&)
    : first_(take_half(fd, mode, size, range)), second_(take_half(fd, mode, size, range)) {
  for (auto* const half : {&first_, &second_}) {
    half->keep_from_children();
    half->keep_from_core_dumps();
  }
}

}  // namespace quoit::mirror
