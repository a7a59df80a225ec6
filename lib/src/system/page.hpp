// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <unistd.h>

namespace quoit::sys {

/// The size of a page of this machine, in bytes.
inline std::size_t page_size() noexcept {
  static auto const size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

/// `n` rounded up to a multiple of `unit`, a power of two. The caller excludes overflow.
constexpr std::uint64_t align_up(std::uint64_t n, std::uint64_t unit) noexcept { return (n + unit - 1) & ~(unit - 1); }

}  // namespace quoit::sys
