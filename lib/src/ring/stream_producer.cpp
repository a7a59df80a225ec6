// SPDX-License-Identifier: BSL-1.0
#include "ring/stream_producer.hpp"

#include <algorithm>

#include "ring/ends.hpp"
#include "ring/limit.hpp"
#include "ring/signals.hpp"
#include "system/step.hpp"

namespace quoit::ring {

namespace {

/// How much the floor moves at a time: the cost of a look at all cursors is spread over this part of the ring.
constexpr std::uint64_t steps_per_ring = 16;

}  // namespace

status stream_producer::start() noexcept {
  auto const& g = ring_->geometry();
  auto& words = ring_->words();
  position_ = words.next.word.load(std::memory_order_acquire);  // SYNC: advance -> head
  floor_ = words.floor.word.load(std::memory_order_acquire);
  if (position_ > last_sequence || floor_ > position_ || position_ - floor_ > g.capacity) return status::corrupt;
  auto const count = words.ends.word.load(std::memory_order_acquire);  // SYNC: end -> read_end
  if (count >= readable_ends) {
    // When our own end is counted, this one can be read no more.
    auto const e = read_end(*ring_, count - readable_ends);
    if (!e || e->sequence > position_) return status::corrupt;
    if (!have_met(count - readable_ends, e->sequence)) {
      budget b(*ring_);
      for (auto i = g.publishers; i < g.slots; ++i) recover_place(*ring_, i, b);
      if (!have_met(count - readable_ends, e->sequence)) return status::busy;
    }
  }
  // In the order of every publisher: floor, fence, cursors. The one before may have moved the floor and died before
  // it looked.
  sys::full_fence();  // SYNC: floor -> joining, floor -> is_kept
  limit_ = oldest_needed() + g.capacity;
  return status::ok;
}

/// Whether all living readers have met this end, which stands at `position`, and all that may still join start at it or
/// behind it.
bool stream_producer::have_met(std::uint64_t end, std::uint64_t position) noexcept {
  if (smallest_cursor(*ring_, position) < position || !is_met(end)) return false;
  if (floor_ < position) move_floor(position);
  sys::full_fence();  // SYNC: floor -> joining
  return oldest_needed() >= position && is_met(end);
}

/// Whether all living readers say so.
bool stream_producer::is_met(std::uint64_t end) const noexcept {
  auto const used = std::min(ring_->words().places.word.load(std::memory_order_acquire), ring_->geometry().slots);
  for (auto i = ring_->geometry().publishers; i < used; ++i) {
    auto const& s = ring_->place(i);
    auto const id = segment::unpack_identity(s.identity.load(std::memory_order_acquire));
    if (id.state != segment::place_state::live || id.role != segment::place_role::reliable) continue;
    if (s.ends_met.load(std::memory_order_acquire) <= end) return false;  // SYNC: end met -> have_met
  }
  return true;
}

std::uint64_t stream_producer::oldest_needed() const noexcept {
  return std::min(floor_, smallest_cursor(*ring_, position_));
}

void stream_producer::move_floor(std::uint64_t to) noexcept {
  floor_ = to;
  ring_->words().floor.word.store(floor_, std::memory_order_release);  // SYNC: floor -> joining (with both fences)
  QUOIT_STEP(stream_floor_moved);
}

bool stream_producer::make_room(std::uint64_t least, std::uint64_t most) noexcept {
  auto const& g = ring_->geometry();
  auto const smallest = smallest_cursor(*ring_, position_);
  auto const possible = smallest + g.capacity > position_ ? smallest + g.capacity - position_ : 0;
  // History is given up only for room that there is then.
  if (possible >= least) {
    auto const end = position_ + std::max(g.capacity / steps_per_ring, std::min(most, possible));
    auto const needed = end > g.capacity ? end - g.capacity : 0;
    if (std::min(needed, smallest) > floor_) move_floor(std::min(needed, smallest));
  }
  // SYNC: floor -> joining. Either we see the joiner's cursor, or he sees the floor. SYNC: floor -> is_kept, floor ->
  // write_sync_point. What is written from here on is seen by nobody who does not see the floor.
  sys::full_fence();
  limit_ = oldest_needed() + g.capacity;
  QUOIT_STEP(stream_limit_taken);
  return room() >= least;
}

void stream_producer::commit(std::uint64_t size) noexcept {
  position_ += size;
  // SYNC: advance -> head. The bytes come before it.
  ring_->words().next.word.store(position_, std::memory_order_release);
  QUOIT_STEP(stream_advanced);
  auto& shared = own_->shared();
  shared.messages.store(++commits_, std::memory_order_relaxed);
  shared.bytes.store(bytes_ += size, std::memory_order_relaxed);
  signal_data(*ring_, &shared);
  QUOIT_STEP(stream_signalled);
}

}  // namespace quoit::ring
