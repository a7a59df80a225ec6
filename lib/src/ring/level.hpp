// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

#include "quoit/observer.hpp"
#include "ring/frontier.hpp"
#include "ring/ring.hpp"

/// \file
/// How full the ring is, for one who only looks: nothing here writes, so the memory may be mapped read-only.

namespace quoit::ring {

/// Whether record `sequence` is still kept, so that what was read of it, or of the end before it, is what it was.
bool is_still_kept(ring const& r, std::uint64_t sequence) noexcept;

/// The first sequence number that nobody has claimed. With many publishers, if the last claim has no end yet: where
/// that one starts. Nothing, with the budget spent: lapped again and again. Nothing, else: the words contradict each
/// other.
std::optional<frontier> find_head(ring const& r, budget& b) noexcept;

channel_level level_of(ring const& r) noexcept;

}  // namespace quoit::ring
