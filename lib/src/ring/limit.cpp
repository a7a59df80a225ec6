// SPDX-License-Identifier: BSL-1.0
#include "ring/limit.hpp"

#include <algorithm>

namespace quoit::ring {

std::uint64_t smallest_cursor(ring const& r, std::uint64_t most) noexcept {
  // SYNC: places -> smallest_cursor. Whoever is LIVE has raised the number before.
  auto const used = std::min(r.words().places.word.load(std::memory_order_acquire), r.geometry().slots);
  auto smallest = most;
  for (std::uint32_t i = 0; i < used; ++i) {
    auto const& s = r.place(i);
    // The state first, then the cursor: one who is LIVE has a cursor. SYNC: identity -> identity.
    auto const id = segment::unpack_identity(s.identity.load(std::memory_order_acquire));
    if (id.state != segment::place_state::live || id.role != segment::place_role::reliable) continue;
    // SYNC: release -> smallest_cursor. The subscriber's reads of what it gave back come before our next writes.
    smallest = std::min(smallest, s.cursor.load(std::memory_order_acquire));
  }
  return smallest;
}

limit limit_from(ring const& r, std::uint64_t m) noexcept {
  auto const& g = r.geometry();
  return {m + g.records - 2, r.end_of(m - 1) + g.capacity};
}

}  // namespace quoit::ring
