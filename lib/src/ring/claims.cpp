// SPDX-License-Identifier: BSL-1.0
#include "ring/claims.hpp"

#include <algorithm>

#include "ring/place.hpp"
#include "ring/prefix.hpp"
#include "ring/signals.hpp"
#include "system/step.hpp"

namespace quoit::ring {

using segment::record_state;

namespace {

/// Of a walk that finds what it looks for: so it ends, and who walks again and again does so in rounds that he counts.
constexpr std::uint64_t free_steps = 16;

std::uint64_t resolved_word(std::uint64_t reserved, record_state to) noexcept {
  auto w = segment::unpack_record(reserved);
  w.state = to;
  return segment::pack(w);
}

/// What is possible at all, whatever a peer has asked for.
std::uint64_t clamped(ring const& r, std::uint64_t request) noexcept {
  auto const& g = r.geometry();
  auto const most = std::min(g.capacity, segment::longest_record);
  return std::clamp(request & ~(g.alignment - 1), std::max<std::uint64_t>(g.alignment, segment::prefix_bytes), most);
}

/// Whether the owner of a claim is dead, as the kernel says. The word has eleven bits of its generation.
bool owner_is_dead(ring const& r, segment::record_word w) noexcept {
  if (w.slot >= r.geometry().publishers) return true;  // of no publisher that there can be
  auto const id = segment::unpack_identity(r.place(w.slot).identity.load(std::memory_order_acquire));
  // A place is free only after all that its owner has claimed is resolved; so one of another generation, with a claim
  // left, is what no working peer makes.
  bool const same = (id.generation & 0x7FFU) == w.generation && id.state != segment::place_state::free;
  return !same || is_dead(r, w.slot, id.generation);
}

}  // namespace

bool is_stamped(ring const& r, std::uint64_t sequence, std::uint64_t position) noexcept {
  if (position % segment::prefix_bytes != 0) return false;  // of no record
  auto* const at = r.data() + (position & r.geometry().mask);
  return (late_stamp(at) | segment::stamp_last) == r.stamp(sequence, position);
}

bool leave_reserved(ring const& r, std::uint64_t sequence, std::uint64_t reserved, record_state to) noexcept {
  // SYNC: commit -> resolved. Whoever sees it resolved sees its end set.
  return r.record(sequence).a.compare_exchange_strong(reserved, resolved_word(reserved, to), std::memory_order_acq_rel,
                                                      std::memory_order_relaxed);
}

void help(ring const& r, std::uint64_t sequence) noexcept {
  auto& d = r.record(sequence);
  auto const a = d.a.load(std::memory_order_acquire);  // SYNC: claim -> claimed. The request was stored before it.
  auto const w = segment::unpack_record(a);
  if (w.lap != r.lap(sequence) || w.state != record_state::reserved) return;
  auto old = d.b.load(std::memory_order_acquire);
  auto const before = start_of(r, sequence);
  if (old > before) return;
  auto const slot = std::min(w.slot, r.geometry().publishers - 1);
  auto const request = r.place(slot).request.load(std::memory_order_acquire);  // SYNC: request -> help
  // Still claimed by the same one, so that was its request for this claim: it makes no other before its end is set.
  if (d.a.load(std::memory_order_acquire) != a) return;
  QUOIT_STEP(help_looked_again);
  d.b.compare_exchange_strong(old, before + clamped(r, request), std::memory_order_acq_rel,
                              std::memory_order_relaxed);  // SYNC: help -> start_of
  QUOIT_STEP(claim_helped);
}

resolution resolve(ring const& r, std::uint64_t sequence) noexcept {
  auto const if_so = [](bool resolved) { return resolved ? resolution::resolved : resolution::open; };
  auto const a = r.record(sequence).a.load(std::memory_order_acquire);
  auto const w = segment::unpack_record(a);
  // Ahead: it was resolved, and others went on.
  if (w.lap != r.lap(sequence)) return if_so(r.laps_ahead(w, sequence) > 0);
  if (w.state != record_state::reserved) return if_so(w.state != record_state::never);
  help(r, sequence);
  if (is_stamped(r, sequence, start_of(r, sequence))) {
    leave_reserved(r, sequence, a, record_state::committed);
    return resolution::resolved;
  }
  if (!owner_is_dead(r, w)) return resolution::open;
  QUOIT_STEP(claim_found_dead);
  // Only now, as the owner will never run again: what it had stored is there.
  bool const committed = is_stamped(r, sequence, start_of(r, sequence));
  bool const ours = leave_reserved(r, sequence, a, committed ? record_state::committed : record_state::aborted);
  QUOIT_STEP(claim_resolved);
  signal_all(r);
  return ours ? resolution::recovered : resolution::resolved;
}

bool resolve_claims_of(ring const& r, identities const& owners, budget& b) noexcept {
  auto const last = find_claim_point(r, b);
  auto const floor = r.words().floor.word.load(std::memory_order_acquire);
  if (!last || floor == 0) return false;
  auto const first = std::max(floor, last->sequence > r.geometry().records ? last->sequence - r.geometry().records : 1);
  if (first < last->sequence) b.spend(last->sequence - first);
  for (auto i = first; i < last->sequence; ++i) {
    auto const w = r.claimed(i);
    if (w.state != record_state::reserved || w.slot >= owners.size() || owners[w.slot] == 0) continue;
    if (w.generation != (segment::unpack_identity(owners[w.slot]).generation & 0x7FFU)) continue;
    if (b.is_spent() || resolve(r, i) == resolution::open) return false;
    b.spend(budget::system_call);  // each has one at most; but for a peer that writes at random
  }
  return true;
}

std::optional<frontier> find_claim_point(ring const& r, budget& b) noexcept {
  auto const& g = r.geometry();
  std::uint64_t least = 1;
  do {
    // SYNC: floor -> find_frontier. The hint is a plain store: it may be old, and a hostile one anything; the floor is
    // always true, so the walk begins at the larger one.
    auto const floor = r.words().floor.word.load(std::memory_order_acquire);
    auto const hint = r.words().next.word.load(std::memory_order_relaxed);
    if (floor < least || floor > last_sequence) return {};
    auto i = hint > floor && hint - floor <= g.records ? hint : floor;
    if (i > floor && r.claimed(i - 1).state == record_state::never) i = floor;
    // The one before it may be claimed and not yet have its end, which is where this one starts.
    if (i > floor) help(r, i - 1);
    std::uint64_t steps = 0;
    for (; steps <= g.records; ++steps, ++i) {
      auto const w = segment::unpack_record(r.record(i).a.load(std::memory_order_acquire));
      auto const ahead = r.laps_ahead(w, i);
      if (ahead > 0) break;  // lapped: start again
      if (ahead < 0 || w.state == record_state::never) {
        if (steps > free_steps) [[unlikely]]
          b.spend(steps);
        return frontier{i, start_of(r, i)};
      }
      if (w.state == record_state::reserved) help(r, i);
    }
    least = floor_if_lapped_at(steps <= g.records ? i : i - steps);  // lapped there, or gone over a whole lap of claims
    b.spend(steps + 1);
  } while (!b.is_spent());
  return {};
}

}  // namespace quoit::ring
