// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>

#include "ring/ring.hpp"

namespace quoit::ring {

/// Where the next record goes: the first sequence number that is not resolved, and where the one before it ends.
struct frontier {
  std::uint64_t sequence;
  std::uint64_t position;
};

/// Walks the descriptors from the floor, or from the hint if it can be believed. Nothing: the words contradict each
/// other, or a publisher goes on so fast that the walk is lapped each time (which the cursor of a reliable joiner
/// prevents).
std::optional<frontier> find_frontier(ring const& r) noexcept;

}  // namespace quoit::ring
