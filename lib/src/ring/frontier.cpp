// SPDX-License-Identifier: BSL-1.0
#include "ring/frontier.hpp"

namespace quoit::ring {

namespace {

/// The hint is a plain store: it may be old, and a hostile one may be anything. The floor is always true.
std::uint64_t first_candidate(ring const& r, std::uint64_t floor) noexcept {
  // Of many publishers the hint may lie behind records that are not resolved.
  if (r.geometry().has_many_publishers()) return floor;
  auto const hint = r.words().next.word.load(std::memory_order_relaxed);
  auto const plausible = hint > floor && hint - floor <= r.geometry().records && r.resolved(hint - 1);
  return plausible ? hint : floor;
}

}  // namespace

std::optional<frontier> find_frontier(ring const& r, budget& b) noexcept {
  auto const records = r.geometry().records;
  for (std::uint64_t least = 1; !b.is_spent();) {
    // SYNC: floor -> find_frontier. Whoever sees a floor sees the records below it resolved.
    auto const floor = r.words().floor.word.load(std::memory_order_acquire);
    if (floor < least || floor > last_sequence) return {};
    auto const first = first_candidate(r, floor);
    least = floor_if_lapped_at(first);  // after a whole lap of records that are there
    std::uint64_t steps = 0;
    for (; steps <= records; ++steps) {
      auto const i = first + steps;
      if (r.resolved(i)) continue;
      // Acquired, so that the looks after it come after it.
      auto const position = r.record(i - 1).b.load(std::memory_order_acquire);
      // SYNC: commit -> resolved. If `i` is free and i - 1 still resolved, nobody has gone around in between.
      auto const w = segment::unpack_record(r.record(i).a.load(std::memory_order_acquire));
      if (r.laps_ahead(w, i) > 0 || (i > 1 && !r.resolved(i - 1))) {  // lapped: start again
        least = floor_if_lapped_at(r.laps_ahead(w, i) > 0 ? i : i - 1);
        break;
      }
      if (r.resolved(i)) continue;
      b.spend(steps + 1);
      return frontier{i, position};
    }
    b.spend(steps + 1);
  }
  return {};
}

}  // namespace quoit::ring
