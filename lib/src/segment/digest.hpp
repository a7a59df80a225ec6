// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace quoit::segment {

/// Scatters the bits of a word: the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t scatter(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

/// A checksum against damage and half-written files, not against malice.
inline std::uint64_t checksum(void const* data, std::size_t size) noexcept {
  auto const* p = static_cast<unsigned char const*>(data);
  std::uint64_t sum = scatter(size + 1);
  for (; size > 0; p += 8) {
    std::uint64_t word = 0;
    auto const n = size < 8 ? size : 8;
    std::memcpy(&word, p, n);
    sum = scatter(std::rotl(sum, 5) ^ word);
    size -= n;
  }
  return sum;
}

}  // namespace quoit::segment
