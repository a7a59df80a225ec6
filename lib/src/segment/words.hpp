// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

/// \file
/// The bits inside the words that are changed by compare-and-swap.

namespace quoit::segment {

// -- `descriptor::a`: lap (40 bits) | generation (11) | slot (10) | state (3) --------------------------------------
// The lap is `sequence / D`, so a word of another lap can never be taken for this one's. 40 bits of it last for
// 2^40 * D records: with the least D, 64 by default, a day at 800 million records a second.

enum class record_state : std::uint8_t { never = 0, reserved = 1, committed = 2, aborted = 3, revoked = 4 };

struct record_word {
  std::uint64_t lap;         ///< modulo 2^40
  std::uint32_t generation;  ///< modulo 2^11
  std::uint32_t slot;
  record_state state;
};

inline constexpr std::uint64_t lap_mask = (std::uint64_t{1} << 40U) - 1;

constexpr std::uint64_t pack(record_word w) noexcept {
  return (w.lap & lap_mask) << 24U | std::uint64_t{w.generation & 0x7FFU} << 13U |
         std::uint64_t{w.slot & 0x3FFU} << 3U | static_cast<std::uint64_t>(w.state);
}

/// The word of the same participant and state in that lap. `word` has the lap 0.
constexpr std::uint64_t with_lap(std::uint64_t word, std::uint64_t lap) noexcept { return word | lap << 24U; }

constexpr record_word unpack_record(std::uint64_t word) noexcept {
  return {word >> 24U, static_cast<std::uint32_t>(word >> 13U & 0x7FFU),
          static_cast<std::uint32_t>(word >> 3U & 0x3FFU), static_cast<record_state>(word & 7U)};
}

/// The descriptor of the record 0 that never was.
inline constexpr std::uint64_t resolved_before_all = pack({0, 0, 0, record_state::aborted});

// -- `slot::identity`: generation (32) | role (8) | state (8) ------------------------------------------------------
// Each claim of the place raises the generation, so an identity never comes back.

enum class place_state : std::uint8_t { free = 0, claimed = 1, joining = 2, live = 3, evicted = 4 };
enum class place_role : std::uint8_t { none = 0, publisher = 1, reliable = 2, lossy = 3, group = 4, durable = 5 };

struct identity_word {
  std::uint32_t generation;
  place_role role;
  place_state state;
  bool operator==(identity_word const&) const = default;
};

constexpr std::uint64_t pack(identity_word w) noexcept {
  return std::uint64_t{w.generation} << 32U | std::uint64_t{static_cast<std::uint8_t>(w.role)} << 8U |
         static_cast<std::uint64_t>(w.state);
}

constexpr identity_word unpack_identity(std::uint64_t word) noexcept {
  return {static_cast<std::uint32_t>(word >> 32U), static_cast<place_role>(word >> 8U & 0xFFU),
          static_cast<place_state>(word & 0xFFU)};
}

// -- `end::who`: number (14) | slot (10) | generation (32) | how (8); with one publisher slot and number are 0 --------

enum class end_kind : std::uint8_t { none = 0, closed = 1, died = 2 };

struct end_word {
  std::uint32_t generation;
  end_kind how;
  std::uint32_t slot = 0;
  std::uint32_t number = 0;  ///< Which of all ends it is, modulo 2^14.
};

inline constexpr std::uint64_t end_number_mask = 0x3FFF;

constexpr std::uint64_t pack(end_word w) noexcept {
  return (w.number & end_number_mask) << 50U | std::uint64_t{w.slot & 0x3FFU} << 40U |
         std::uint64_t{w.generation} << 8U | static_cast<std::uint64_t>(w.how);
}

constexpr end_word unpack_end(std::uint64_t word) noexcept {
  return {static_cast<std::uint32_t>(word >> 8U), static_cast<end_kind>(word & 0xFFU),
          static_cast<std::uint32_t>(word >> 40U & 0x3FFU), static_cast<std::uint32_t>(word >> 50U)};
}

}  // namespace quoit::segment
