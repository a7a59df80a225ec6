// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>

#include "ring/budget.hpp"
#include "ring/ring.hpp"

namespace quoit::ring {

/// Where the next record goes: the first sequence number that is not resolved, and where the one before it ends.
struct frontier {
  std::uint64_t sequence;
  std::uint64_t position;
};

/// What a walk has proved of the floor. Record j was claimed with a limit of m + D - 2 or more (limit.hpp), and m is
/// not beyond the floor, which its claimer had acquired. So whoever acquires the claim sees a floor of j - D + 2 or
/// more. Of a later lap, as found in the place of record i, j is i + D at least.
///
/// Thus a walk that was lapped finds a floor that has passed it; else the words contradict each other.
constexpr std::uint64_t floor_if_lapped_at(std::uint64_t i) noexcept { return i + 2; }

/// Walks the descriptors from the floor, or from the hint if it can be believed. Nothing, with the budget spent: a
/// publisher goes on so fast that the walk is lapped each time (which the cursor of a reliable joiner prevents).
/// Nothing, else: the words contradict each other.
std::optional<frontier> find_frontier(ring const& r, budget& b) noexcept;

}  // namespace quoit::ring
