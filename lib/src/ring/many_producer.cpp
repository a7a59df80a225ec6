// SPDX-License-Identifier: BSL-1.0
#include "ring/many_producer.hpp"

#include <algorithm>
#include <atomic>

#include "ring/claims.hpp"
#include "ring/prefix.hpp"
#include "ring/signals.hpp"
#include "system/calls.hpp"
#include "system/fence.hpp"
#include "system/step.hpp"

namespace quoit::ring {

using segment::record_state;

namespace {

constexpr std::uint64_t steps_per_ring = 16;
/// Each lost round is a claim, or a step of the floor, that somebody else has made; but for a peer that writes at
/// random.
constexpr int most_rounds = 10'000;

}  // namespace

status many_producer::claim(std::uint64_t extent) noexcept {
  auto& r = *ring_;
  auto b = whole_;
  // SYNC: request -> help. Who sees it sees what we claimed before resolved. The claim makes it visible.
  own_->shared().request.store(extent, std::memory_order_release);
  QUOIT_STEP(claim_requested);
  int round = 0;
  do {
    auto const at = find_claim_point(r, b);
    if (!at && b.is_spent()) break;
    if (!at) return status::corrupt;
    auto& d = r.record(at->sequence);
    auto old = d.a.load(std::memory_order_acquire);
    auto const there = segment::unpack_record(old);
    if (r.laps_ahead(there, at->sequence) >= 0 && there.state != record_state::never) continue;
    if (at->sequence > last_sequence || at->position > last_sequence) return status::corrupt;
    if (!limit_.allows(at->sequence, at->position + extent) && !make_room(*at, extent, b)) {
      if (d.a.load(std::memory_order_acquire) != old) continue;  // there is: others have claimed this one meanwhile
      break;
    }
    auto const word = segment::pack(
        segment::record_word{r.lap(at->sequence), own_->generation(), own_->index(), record_state::reserved});
    // SYNC: claim -> claimed. The request comes before it. If nobody has claimed this record, nobody has gone around,
    // so what was read of the one before it is true.
    if (!d.a.compare_exchange_strong(old, word, std::memory_order_acq_rel, std::memory_order_relaxed)) continue;
    QUOIT_STEP(claimed);
    help(r, at->sequence);
    sequence_ = at->sequence;
    start_ = start_of(r, sequence_);
    reserved_ = word;
    r.words().next.word.store(sequence_ + 1, std::memory_order_relaxed);
    // SYNC: floor -> is_kept, floor -> write_sync_point. A lossy reader that sees what is written now sees the floor
    // that was moved for it, if not by us.
    std::atomic_thread_fence(std::memory_order_release);
    bool const as_asked = r.end_of(sequence_) == start_ + extent && start_ == at->position;
    if (as_asked && ((start_ + segment::prefix_bytes) & (r.geometry().alignment - 1)) == 0) return status::ok;
    discard();
    return status::corrupt;
  } while (++round < most_rounds && !b.is_spent());
  overtaken_ = b.is_spent();
  return status::timeout;
}

bool many_producer::make_room(frontier const& at, std::uint64_t extent, budget& b) noexcept {
  auto const sequence = at.sequence;
  auto const position = at.position;
  auto const places = ring_->geometry().slots;
  auto& floor_word = ring_->words().floor.word;
  auto const take = [&](std::uint64_t floor) {
    b.spend(places);
    // Floor, fence, cursors, then both bounds of the same m: the order of every publisher.
    sys::full_fence();  // SYNC: floor -> joining. Either we see the joiner's cursor, or he sees the floor.
    limit_ = limit_from(*ring_, std::min(floor, smallest_cursor(*ring_, sequence)));
    limit_.position = std::min(limit_.position, position + ring_->geometry().capacity);
    QUOIT_STEP(limit_taken);
    return limit_.allows(sequence, position + extent);
  };
  while (!b.is_spent()) {
    auto floor = floor_word.load(std::memory_order_acquire);  // SYNC: floor -> find_frontier
    if (floor == 0 || floor > sequence) return false;         // claimed by others meanwhile: the next round will see
    if (take(floor)) return true;
    auto const proposed = propose_floor(floor, smallest_cursor(*ring_, sequence), at, extent);
    b.spend(places + proposed - floor);
    if (proposed == floor) return false;
    // SYNC: floor -> joining (with both fences), floor -> find_frontier.
    if (!floor_word.compare_exchange_strong(floor, proposed, std::memory_order_acq_rel, std::memory_order_relaxed)) {
      continue;
    }
    QUOIT_STEP(floor_moved);
    if (take(proposed)) return true;
  }
  return false;
}

std::uint64_t many_producer::propose_floor(std::uint64_t floor, std::uint64_t last, frontier const& at,
                                           std::uint64_t extent) const noexcept {
  auto const& g = ring_->geometry();
  auto const bytes_end = at.position + std::max(g.capacity / steps_per_ring, extent);
  auto const records_end = at.sequence + std::max<std::uint64_t>(g.records / steps_per_ring, 1);
  auto f = floor;
  for (std::uint64_t steps = 0; steps < g.records && f < last; ++steps, ++f) {
    if (ring_->end_of(f - 1) + g.capacity >= bytes_end && f + g.records - 2 >= records_end) break;
    // Only over what is resolved; what is stamped is resolved here for its owner.
    auto const w = ring_->claimed(f);
    if (w.state == record_state::reserved) {
      help(*ring_, f);
      auto const a = segment::pack(w);
      if (!is_stamped(*ring_, f, start_of(*ring_, f))) break;
      leave_reserved(*ring_, f, a, record_state::committed);
    } else if (w.state == record_state::never) {
      break;
    }
  }
  return f;
}

std::optional<frontier> many_producer::find_goal() const noexcept {
  auto b = whole_;
  return find_claim_point(*ring_, b);
}

bool many_producer::is_in_way(std::uint64_t cursor, frontier const& goal, std::uint64_t extent) const noexcept {
  if (cursor >= goal.sequence || limit_from(*ring_, cursor).allows(goal.sequence, goal.position + extent)) return false;
  // One who has come to a record that is not resolved waits for its publisher, as we do.
  auto const w = ring_->claimed(cursor);
  return w.state != record_state::reserved || is_stamped(*ring_, cursor, start_of(*ring_, cursor));
}

void many_producer::resolve_dead() noexcept {
  auto const& g = ring_->geometry();
  auto b = whole_;
  auto const floor = ring_->words().floor.word.load(std::memory_order_acquire);
  for (std::uint64_t i = floor, steps = 0; floor > 0 && steps < g.records && !b.is_spent(); ++i, ++steps) {
    b.spend(1);
    auto const w = ring_->claimed(i);
    if (w.state == record_state::never) break;
    if (w.state != record_state::reserved) continue;
    auto const how = resolve(*ring_, i);
    b.spend(budget::system_call);  // each owner has one such claim at most; but for a peer that writes at random
    if (how == resolution::open) break;
    if (how == resolution::recovered) count(own_->shared().recovered);
  }
}

void many_producer::commit(bool more_follow, std::size_t messages, std::size_t bytes) noexcept {
  auto& r = *ring_;
  if (r.keeps_times()) r.time_of(sequence_).store(sys::monotonic_now(), std::memory_order_relaxed);
  QUOIT_STEP(commit_prefixed);
  auto const stamp = r.stamp(sequence_, start_) & ~(more_follow ? segment::stamp_last : 0);
  // THE COMMIT, and our last store into the extent. SYNC: stamp -> look. Payload, prefixes, end and time come before
  // it.
  stamp_of(here()).store(stamp, std::memory_order_release);
  QUOIT_STEP(commit_stamped);
  leave_reserved(r, sequence_, reserved_, record_state::committed);  // failing: somebody has done it for us
  QUOIT_STEP(commit_described);
  auto& shared = own_->shared();
  shared.messages.store(messages_ += messages, std::memory_order_relaxed);
  shared.bytes.store(bytes_ += bytes, std::memory_order_relaxed);
  signal_all(r, &shared);  // publishers as well: the floor may go over it now
  QUOIT_STEP(commit_signalled);
}

void many_producer::discard() noexcept {
  leave_reserved(*ring_, sequence_, reserved_, record_state::aborted);
  QUOIT_STEP(claim_discarded);
  signal_all(*ring_);
}

}  // namespace quoit::ring
