// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include <fmt/format.h>

/// \file
/// Payloads that verify themselves: every byte follows from a number, the length and a seed, so a torn, stale, shifted
/// or shortened message is told from a good one.

namespace support {

inline std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

/// A small generator of random numbers, the same everywhere.
class random {
 public:
  explicit random(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t operator()() noexcept { return mix(state_ += 0x632BE59BD9B4E019U); }
  std::uint64_t below(std::uint64_t n) noexcept { return (*this)() % n; }

 private:
  std::uint64_t state_;
};

inline void fill(std::span<std::byte> bytes, std::uint64_t number) noexcept {
  auto state = mix(number * 0x100000001B3U + bytes.size());
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::memcpy(bytes.data() + i, &state, 8);
    state = state * 6364136223846793005U + 1442695040888963407U;
  }
  if (i < bytes.size()) std::memcpy(bytes.data() + i, &state, bytes.size() - i);
}

inline bool verify(std::span<std::byte const> bytes, std::uint64_t number) noexcept {
  auto state = mix(number * 0x100000001B3U + bytes.size());
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    if (std::memcmp(bytes.data() + i, &state, 8) != 0) return false;
    state = state * 6364136223846793005U + 1442695040888963407U;
  }
  return i == bytes.size() || std::memcmp(bytes.data() + i, &state, bytes.size() - i) == 0;
}

/// The tag that goes with a message: ties its length to its number.
inline std::uint32_t tag_of(std::uint64_t number, std::size_t size) noexcept {
  return static_cast<std::uint32_t>(mix(number ^ size << 40U));
}

inline std::span<std::byte const> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

}  // namespace support
