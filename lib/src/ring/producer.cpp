// SPDX-License-Identifier: BSL-1.0
#include "ring/producer.hpp"

#include <algorithm>
#include <atomic>

#include "ring/frontier.hpp"
#include "system/fence.hpp"
#include "system/step.hpp"

namespace quoit::ring {

namespace {

/// How much the floor moves at a time: the cost of a look at all cursors is spread over this part of the ring.
constexpr std::uint64_t steps_per_ring = 16;

}  // namespace

status producer::start() noexcept {
  budget b(*ring_);
  auto const at = find_frontier(*ring_, b);
  if (!at) return status::corrupt;
  sequence_ = at->sequence;
  position_ = at->position;
  // SYNC: floor -> find_frontier. Records below it are resolved.
  floor_ = ring_->words().floor.word.load(std::memory_order_acquire);
  auto const& g = ring_->geometry();
  if (floor_ == 0 || sequence_ > last_sequence || floor_ > sequence_ || sequence_ - floor_ > g.records)
    return status::corrupt;
  if (((position_ + segment::prefix_bytes) & (g.alignment - 1)) != 0) return status::corrupt;
  // A full refresh, in the order of every publisher: floor, fence, cursors, then both bounds. The one before may
  // have moved the floor and died before it looked.
  sys::full_fence();  // SYNC: floor -> joining, floor -> is_kept
  limit_ = take_limit();
  ring_->words().next.word.store(sequence_, std::memory_order_relaxed);
  return status::ok;
}

std::uint64_t producer::propose_floor(std::uint64_t extent, std::uint64_t cursors) const noexcept {
  auto const& g = ring_->geometry();
  auto const last = std::min(cursors, sequence_);
  auto const bytes_end = position_ + std::max(g.capacity / steps_per_ring, extent);
  auto const records_end = sequence_ + std::max<std::uint64_t>(g.records / steps_per_ring, 1);
  auto f = floor_;
  // At most D steps, as sequence_ - floor_ never exceeds D.
  while (f < last && (ring_->end_of(f - 1) + g.capacity < bytes_end || f + g.records - 2 < records_end)) ++f;
  return f;
}

bool producer::make_room(std::uint64_t wanted) noexcept {
  auto const proposed = propose_floor(wanted, smallest_cursor(*ring_, sequence_));
  if (proposed != floor_) {
    floor_ = proposed;
    // SYNC: floor -> joining (with both fences), floor -> find_frontier.
    ring_->words().floor.word.store(floor_, std::memory_order_release);
    QUOIT_STEP(floor_moved);
  }
  // SYNC: floor -> joining. Either we see the joiner's cursor, or he sees the floor. SYNC: floor -> is_kept, floor ->
  // write_sync_point. What is written from here on is seen by nobody who does not see the floor.
  sys::full_fence();
  limit_ = take_limit();
  QUOIT_STEP(limit_taken);
  return has_room(wanted);
}

limit producer::take_limit() const noexcept {
  auto fresh = limit_from(*ring_, std::min(floor_, smallest_cursor(*ring_, sequence_)));
  // Whatever the words say, no more than a ring of bytes can be unread.
  fresh.position = std::min(fresh.position, position_ + ring_->geometry().capacity);
  return fresh;
}

}  // namespace quoit::ring
