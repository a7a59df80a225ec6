// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "ring/budget.hpp"
#include "ring/frontier.hpp"
#include "ring/ring.hpp"

/// \file
/// What many publishers do with a record's descriptor, each for itself and for others:
///
///     claim     A: what was there a lap ago -> RESERVED      by compare-and-swap: one wins. The only claim point.
///     help      B: what was there a lap ago -> where it ends  by anybody, from the claimer's request
///     commit    the stamp, by the owner: THE COMMIT; then A: RESERVED -> COMMITTED, by anybody who meets the stamp
///     discard   A: RESERVED -> ABORTED, by the owner, or by anybody who finds it dead and no stamp
///
/// No store goes into an extent after A has left RESERVED. So a publisher that sleeps for a month between any two of
/// these steps finds its compare-and-swap failing, and harms nobody.

namespace quoit::ring {

/// Where record `sequence`, whose predecessor is helped or resolved, starts.
inline std::uint64_t start_of(ring const& r, std::uint64_t sequence) noexcept {
  return r.record(sequence - 1).b.load(std::memory_order_acquire);  // SYNC: help -> start_of
}

/// Whether the owner has committed record `sequence`, which starts there. SYNC: stamp -> look.
bool is_stamped(ring const& r, std::uint64_t sequence, std::uint64_t position) noexcept;

/// Sets the end of a claimed record. Its predecessor's is set. Idempotent.
void help(ring const& r, std::uint64_t sequence) noexcept;

/// Of a claimed record: its owner lives and has not committed it; it is resolved; or it is so since this call, for an
/// owner that is dead.
enum class resolution : std::uint8_t { open, resolved, recovered };

/// A claimed record that has its stamp becomes COMMITTED; of a dead owner, one without it ABORTED. Asks the kernel only
/// if it must.
resolution resolve(ring const& r, std::uint64_t sequence) noexcept;

/// Of each publishers' place the identity of an owner who is dead or has finished; 0: not such a one.
using identities = std::array<std::uint64_t, segment::most_places>;

/// Resolves all that these have claimed. False, with the budget spent: not yet. False, else: the words contradict each
/// other.
bool resolve_claims_of(ring const& r, identities const& owners, budget& b) noexcept;

/// The first sequence number that nobody has claimed, and where it will start; all before it are helped. Nothing, with
/// the budget spent: others go on so fast that the walk is lapped each time. Nothing, else: the words contradict each
/// other.
std::optional<frontier> find_claim_point(ring const& r, budget& b) noexcept;

/// A: RESERVED by this one -> the state. False: somebody else has resolved it.
bool leave_reserved(ring const& r, std::uint64_t sequence, std::uint64_t reserved, segment::record_state to) noexcept;

}  // namespace quoit::ring
