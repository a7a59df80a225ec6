// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>

/// \file
/// What is in the messages: in each 64 bytes one word that says which message it is and where it stands. Writing them
/// and checking them touches every cache line at both ends, as a real payload does.

namespace bench {

inline constexpr std::size_t payload_step = 64;

/// Requires: size >= 8.
inline void write_payload(std::byte* at, std::size_t size, std::uint64_t number) noexcept {
  for (std::size_t i = 0; i + sizeof number <= size; i += payload_step) {
    auto const word = number + i;
    std::memcpy(at + i, &word, sizeof word);
  }
}

inline bool is_payload(std::byte const* at, std::size_t size, std::uint64_t number) noexcept {
  std::uint64_t differences = 0;
  for (std::size_t i = 0; i + sizeof number <= size; i += payload_step) {
    std::uint64_t word = 0;
    std::memcpy(&word, at + i, sizeof word);
    differences |= word ^ (number + i);
  }
  return differences == 0;
}

inline void require_payload(std::byte const* at, std::size_t size, std::uint64_t number) {
  if (!is_payload(at, size, number)) throw std::runtime_error("a message was lost, repeated or damaged");
}

inline void require(bool condition, char const* what) {
  if (!condition) throw std::runtime_error(what);
}

}  // namespace bench
