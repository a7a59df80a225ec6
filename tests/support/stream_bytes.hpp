// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "payload.hpp"

/// \file
/// A stream that verifies itself: each byte follows from its position, so one that is torn, stale, shifted, lost or
/// doubled is told from the right one.

namespace support {

inline void fill_from(std::uint64_t position, std::span<std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    auto const word = mix(position / 8);
    auto const skip = position % 8;
    auto const n = std::min<std::size_t>(8 - skip, bytes.size());
    std::memcpy(bytes.data(), reinterpret_cast<char const*>(&word) + skip, n);
    bytes = bytes.subspan(n);
    position += n;
  }
}

inline bool is_from(std::uint64_t position, std::span<std::byte const> bytes) noexcept {
  while (!bytes.empty()) {
    auto const word = mix(position / 8);
    auto const skip = position % 8;
    auto const n = std::min<std::size_t>(8 - skip, bytes.size());
    if (std::memcmp(bytes.data(), reinterpret_cast<char const*>(&word) + skip, n) != 0) return false;
    bytes = bytes.subspan(n);
    position += n;
  }
  return true;
}

}  // namespace support
