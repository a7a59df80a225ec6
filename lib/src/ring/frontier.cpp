// SPDX-License-Identifier: BSL-1.0
#include "ring/frontier.hpp"

namespace quoit::ring {

namespace {

constexpr int most_restarts = 100;

/// The hint is a plain store: it may be old, and a hostile one may be anything. The floor is always true.
std::uint64_t first_candidate(ring const& r) noexcept {
  // SYNC: floor -> find_frontier. Whoever sees a floor sees the records below it resolved.
  auto const floor = r.words().floor.word.load(std::memory_order_acquire);
  // Of many publishers the hint may lie behind records that are not resolved.
  if (r.geometry().has_many_publishers()) return floor;
  auto const hint = r.words().next.word.load(std::memory_order_relaxed);
  auto const plausible = hint > floor && hint - floor <= r.geometry().records && r.resolved(hint - 1);
  return plausible ? hint : floor;
}

}  // namespace

std::optional<frontier> find_frontier(ring const& r) noexcept {
  for (int restarts = 0; restarts < most_restarts; ++restarts) {
    auto const first = first_candidate(r);
    if (first == 0 || first > last_sequence) return {};
    for (std::uint64_t steps = 0; steps <= r.geometry().records; ++steps) {
      auto const i = first + steps;
      if (r.resolved(i)) continue;
      // Acquired, so that the looks after it come after it.
      auto const position = r.record(i - 1).b.load(std::memory_order_acquire);
      // SYNC: commit -> resolved. If `i` is free and i - 1 still resolved, nobody has gone around in between.
      auto const w = segment::unpack_record(r.record(i).a.load(std::memory_order_acquire));
      if (r.laps_ahead(w, i) > 0 || (i > 1 && !r.resolved(i - 1))) break;  // lapped: start again
      if (r.resolved(i)) continue;
      return frontier{i, position};
    }
  }
  return {};
}

}  // namespace quoit::ring
