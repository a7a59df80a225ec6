// SPDX-License-Identifier: BSL-1.0
#include "ring/place.hpp"

#include <algorithm>
#include <utility>

#include "ring/claims.hpp"
#include "ring/ends.hpp"
#include "ring/introduction.hpp"
#include "ring/signals.hpp"
#include "system/fail.hpp"
#include "system/step.hpp"

namespace quoit::ring {

namespace {

using segment::identity_word;
using segment::place_role;
using segment::place_state;

std::uint64_t free_word(std::uint32_t generation) noexcept {
  return segment::pack(identity_word{generation, place_role::none, place_state::free});
}

bool replace(slot& s, std::uint64_t from, std::uint64_t to) noexcept {
  // SYNC: identity -> identity. What a participant wrote before it changed its state is seen by who sees the state.
  return s.identity.compare_exchange_strong(from, to, std::memory_order_acq_rel, std::memory_order_acquire);
}

/// Raises the number of places that were ever used. Before the place goes live: a publisher that misses the number
/// misses the place, and then the fences of joining see to it that the joiner sees the floor.
void mark_used(ring const& r, std::uint32_t index) noexcept {
  auto& word = r.words().places.word;
  auto seen = word.load(std::memory_order_relaxed);
  // Each failure means that somebody else has raised it, so this ends; but for a peer that writes at random.
  for (std::uint32_t tries = 0; seen <= index && tries < 2 * r.geometry().slots; ++tries) {
    // SYNC: places -> smallest_cursor
    if (word.compare_exchange_strong(seen, index + 1, std::memory_order_release)) return;
  }
}

}  // namespace

sys::byte_range liveness_byte(std::uint32_t index, std::uint32_t generation) noexcept {
  // Beyond the bytes that mean something else in a registry file, which carries the locks for System V segments.
  return {.first = std::uint64_t{1} << 60U | std::uint64_t{generation} << 10U | index, .count = 1};
}

namespace {

void recover_range(ring const& r, place_range range, budget& b) {
  if (range.first >= r.geometry().publishers) {
    for (auto i = range.first; i < range.last; ++i) recover_place(r, i, b);
  } else if (!recover_publishers(r, range.last, b)) {
    fail(errc::damaged, {.doing = "recover the place of a dead publisher",
                         .expected = "positions that fit each other",
                         .found = "shared memory that no working peer writes",
                         .advice = "create the channel anew with quoit::replace"});
  }
}

}  // namespace

std::optional<place> place::claim(ring const& r, place_range range, place_role role, std::string const& label,
                                  budget& b) {
  // In the first round only what is free: asking the kernel about each living participant takes its time.
  for (int round = 0; round < 2; ++round) {
    if (round == 1) recover_range(r, range, b);
    for (auto i = range.first; i < range.last; ++i) {
      if (auto p = claim_one(r, i, role)) {
        introduce(p->shared(), p->generation(), label);
        return p;
      }
    }
  }
  return {};
}

std::optional<place> place::claim_one(ring const& r, std::uint32_t index, place_role role) {
  auto& s = r.place(index);
  auto const before = s.identity.load(std::memory_order_acquire);
  auto const id = segment::unpack_identity(before);
  if (id.state != place_state::free) return {};
  auto const generation = std::max(id.generation + 1, 1U);  // 0 means none
  place mine(r, index, generation, role);
  if (!replace(s, before, mine.word(place_state::claimed))) {
    mine.forget();  // nothing to give back
    return {};
  }
  QUOIT_STEP(place_claimed);
  auto const file = r.lock_file();
  mine.lock_ = sys::byte_lock::try_lock(r.lock_fd(), liveness_byte(index, generation), &file);
  QUOIT_STEP(place_locked);
  if (!mine.lock_) return {};
  if (!mine.exchange(place_state::claimed, mine.word(place_state::joining))) {
    mine.forget();  // somebody thought that we were dead; the place is not ours to free
    return {};
  }
  QUOIT_STEP(place_joined);
  mark_used(r, index);
  return mine;
}

place::place(place&& other) noexcept
    : ring_(other.ring_),
      slot_(other.slot_),
      live_(other.live_),
      index_(other.index_),
      generation_(other.generation_),
      role_(other.role_),
      mark_(other.mark_),
      lock_(std::move(other.lock_)) {
  other.forget();
}

/// The place is not ours, or not any more: no identity that is ever found there is that of generation 0.
void place::forget() noexcept {
  generation_ = 0;
  live_ = word(place_state::live);
}

std::uint64_t place::word(place_state state) const noexcept {
  return segment::pack(identity_word{generation_, role_, state});
}

bool place::exchange(place_state from, std::uint64_t to) noexcept { return replace(shared(), word(from), to); }

bool place::go_live() noexcept {
  bool const done = exchange(place_state::joining, word(place_state::live));
  sys::full_fence();  // SYNC: joining -> floor. The cursor before, the floor after.
  QUOIT_STEP(place_live);
  return done;
}

bool place::go_back() noexcept {
  bool const done = exchange(place_state::live, word(place_state::joining));
  QUOIT_STEP(place_went_back);
  if (done) signal_space(*ring_);
  return done;
}

void place::abandon() noexcept {
  if (generation_ == 0 || !sys::is_own(mark_)) return;
  forget();
  lock_.release();
}

void place::leave() noexcept {
  if (generation_ == 0 || !sys::is_own(mark_)) return;
  for (auto const state : {place_state::live, place_state::joining, place_state::claimed, place_state::evicted}) {
    if (exchange(state, free_word(generation_))) break;
  }
  QUOIT_STEP(place_left);
  forget();
  lock_.release();
  signal_space(*ring_);
}

bool is_dead(ring const& r, std::uint32_t index, std::uint32_t generation) noexcept {
  return sys::probe(r.lock_fd(), liveness_byte(index, generation)) == sys::lock_state::free &&
         sys::is_file(r.lock_fd(), r.lock_file());
}

namespace {

bool may_leave_end(ring const& r, std::uint32_t index, identity_word id) noexcept {
  return id.role == place_role::publisher && id.state == place_state::live && index < r.geometry().publishers;
}

}  // namespace

recovery recover_place(ring const& r, std::uint32_t index, budget& b) noexcept {
  auto& s = r.place(index);
  auto const before = s.identity.load(std::memory_order_acquire);
  auto const id = segment::unpack_identity(before);
  if (id.state == place_state::free) return recovery::freed;
  if (!is_dead(r, index, id.generation)) return recovery::alive;
  QUOIT_STEP(found_dead);
  if (may_leave_end(r, index, id)) {
    if (finish_publisher(r, index, before, segment::end_kind::died, b)) return recovery::freed;
    return b.is_spent() ? recovery::alive : recovery::corrupt;
  }
  replace(s, before, free_word(id.generation));
  QUOIT_STEP(place_recovered);
  signal_space(r);
  return recovery::freed;
}

bool recover_publishers(ring const& r) noexcept {
  budget b(r);
  return recover_publishers(r, std::min(r.words().places.word.load(std::memory_order_acquire), r.geometry().publishers),
                            b);
}

bool recover_publishers(ring const& r, std::uint32_t used, budget& b) noexcept {
  if (b.is_spent()) return true;
  // Of all who are dead the claims are looked for in one walk.
  identities dead{};
  bool any = false;
  for (std::uint32_t i = 0; i < used; ++i) {
    auto const identity = r.place(i).identity.load(std::memory_order_acquire);
    auto const id = segment::unpack_identity(identity);
    if (!may_leave_end(r, i, id)) {
      recover_place(r, i, b);
    } else if (is_dead(r, i, id.generation)) {
      QUOIT_STEP(found_dead);
      dead[i] = identity;
      any = true;
    }
  }
  if (!any) return true;
  if (r.geometry().has_many_publishers() && !resolve_claims_of(r, dead, b)) return b.is_spent();
  for (std::uint32_t i = 0; i < used; ++i) {
    if (dead[i] != 0 && !end_publisher(r, i, dead[i], segment::end_kind::died, b)) return b.is_spent();
  }
  return true;
}

bool evict(ring const& r, std::uint32_t index, std::uint32_t generation) noexcept {
  auto const word = [&](place_state s) { return segment::pack(identity_word{generation, place_role::reliable, s}); };
  // SYNC: identity -> is_undisturbed. Whoever goes on over what it held has seen this, and fences before he writes.
  if (!replace(r.place(index), word(place_state::live), word(place_state::evicted))) return false;
  QUOIT_STEP(place_evicted);
  signal_all(r);
  return true;
}

}  // namespace quoit::ring
