// SPDX-License-Identifier: BSL-1.0
#include "mirror/mirrored.hpp"

#include <sys/mman.h>

#include <fmt/format.h>

#include "system/calls.hpp"
#include "system/fail.hpp"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

namespace quoit::mirror {

namespace {

/// Maps one half over the front of what is left of the range, which then belongs to the mapping.
region take_half(object const& what, access mode, region::placement where, address_range& range) {
  where.address = range.base();
  region half(what, mode, where);
  range.hand_over(where.size);
  return half;
}

/// Touches each page, where the kernel does not know how to do that by itself (before 5.14).
void touch(std::byte const* base, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; i += 4096) static_cast<void>(static_cast<std::byte const volatile*>(base)[i]);
}

}  // namespace

mirrored::mirrored(object const& what, access mode, std::size_t size, std::uint64_t offset)
    : mirrored(what, mode, {.offset = offset, .size = size}, address_range(2 * size, alignment_for(size)),
               sys::no_fork()) {}

mirrored::mirrored(object const& what, access mode, region::placement where, address_range range, sys::no_fork const&)
    : first_(take_half(what, mode, where, range)), second_(take_half(what, mode, where, range)) {
  for (auto* const half : {&first_, &second_}) {
    half->keep_from_children();
    half->keep_from_core_dumps();
  }
}

void mirrored::prepare(mapping_options const& how, access mode) {
  for (auto const* const half : {&first_, &second_}) {
    auto* const base = half->base();
    auto const n = half->size();
    // Both are hints. The second one makes huge pages of what is there already, which is all of it, whatever the
    // system's setting for shared memory is; before Linux 6.1 there is none.
    if (how.huge_pages && sys::madvise(base, n, MADV_HUGEPAGE) == 0) sys::madvise(base, n, MADV_COLLAPSE);
    if (how.prefault || how.lock) {
      auto const advice = mode == access::read_only ? MADV_POPULATE_READ : MADV_POPULATE_WRITE;
      if (sys::madvise(base, n, advice) != 0) {
        if (errno != EINVAL) fail_errno({.doing = "map all pages of the data (prefault)"});
        touch(base, n);
      }
    }
    if (how.lock && sys::mlock(base, n) != 0) {
      fail_errno({.doing = "lock the data in memory (mlock)",
                  .expected = fmt::format("{} bytes, twice", n),
                  .advice = "raise RLIMIT_MEMLOCK (ulimit -l), or do without"});
    }
  }
}

void mirrored::guard(std::size_t page, std::shared_ptr<std::atomic<bool>> const& lost) {
  guard_ = bus_guard(base(), 2 * size(), page, lost);
}

}  // namespace quoit::mirror
