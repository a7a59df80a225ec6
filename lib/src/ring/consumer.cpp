// SPDX-License-Identifier: BSL-1.0
#include "ring/consumer.hpp"

#include <algorithm>

#include "ring/frontier.hpp"
#include "ring/prefix.hpp"
#include "ring/signals.hpp"
#include "system/step.hpp"

namespace quoit::ring {

using segment::record_state;

status consumer::start(quoit::start where) noexcept {
  auto& floor = ring_->words().floor.word;
  auto& cursor = own_->shared().cursor;
  auto first = floor.load(std::memory_order_acquire);  // SYNC: floor -> joining
  cursor.store(first, std::memory_order_relaxed);      // made visible by going live
  QUOIT_STEP(join_cursor_set);
  if (!own_->go_live()) return status::corrupt;
  // The second look, behind the fence of go_live. Either the publisher saw our cursor and stays behind it, or this
  // sees the floor that it moved without us.
  first = std::max(first, floor.load(std::memory_order_acquire));
  QUOIT_STEP(join_looked_again);
  sequence_ = first;
  if (first == 0 || first > last_sequence || !find_start(where)) return status::corrupt;
  cursor.store(sequence_, std::memory_order_release);
  ends_.start(sequence_);
  signal_space(*ring_);
  return status::ok;
}

bool consumer::find_start(quoit::start where) noexcept {
  auto first = sequence_;
  if (where != quoit::start::oldest) {
    auto const at = find_frontier(*ring_);
    if (!at || at->sequence < first) return false;
    first = where == quoit::start::latest && at->sequence > first ? at->sequence - 1 : at->sequence;
  }
  auto const position = ring_->end_of(first - 1);
  if (!is_start(position)) return false;
  move_to(first, position);
  return true;
}

/// Whether a record can start there: its payload would be aligned as the rules say.
bool consumer::is_start(std::uint64_t position) const noexcept {
  return ((position + segment::prefix_bytes) & (ring_->geometry().alignment - 1)) == 0;
}

void consumer::move_to(std::uint64_t sequence, std::uint64_t position) noexcept {
  sequence_ = sequence;
  position_ = position;
  expected_stamp_ = ring_->stamp(sequence, position);
}

status consumer::look(bool thorough) noexcept {
  // SYNC: stamp -> look. Payload, prefix, and the ends that were counted before it are seen.
  if (stamp_of(here()).load(std::memory_order_acquire) == expected_stamp_) {
    if (ends_.are_ahead()) [[unlikely]]
      return ends_.meet(sequence_);
    return status::ok;
  }
  // These two change so rarely that looking at them costs nothing. The descriptor's line is another matter: the
  // publisher is about to write it.
  bool const news =
      ends_.are_ahead() || ring_->words().retired.word.load(std::memory_order_relaxed) != 0 || ring_->is_lost();
  return thorough || news ? look_closely() : status::timeout;
}

status consumer::look_closely() noexcept {
  if (ring_->is_lost()) return status::corrupt;
  // At most D aborted records in a row can be passed over.
  for (std::uint64_t steps = 0; steps <= ring_->geometry().records; ++steps) {
    // The ends first: an end that is counted says that all records before it are there.
    bool const end_waits = ends_.are_ahead();
    // And the retirement: who answers so has looked for a record after it.
    bool const retired = ring_->words().retired.word.load(std::memory_order_acquire) != 0;  // SYNC: retire -> retired
    // SYNC: commit -> look. The descriptor is the truth; a publisher killed before the stamp leaves only this.
    auto const w = segment::unpack_record(ring_->record(sequence_).a.load(std::memory_order_acquire));
    auto const ahead = ring_->laps_ahead(w, sequence_);
    if (ahead > 0) return own_->is_live() ? status::corrupt : status::evicted;
    bool const there = ahead == 0 && (w.state == record_state::committed || w.state == record_state::aborted);
    if (end_waits) {
      if (auto const s = ends_.meet(sequence_); s != status::ok) return s;
    }
    if (!there) {
      if (!own_->is_live()) return status::evicted;
      return retired ? status::retired : status::timeout;
    }
    if (w.state == record_state::committed) return status::ok;
    move_to(sequence_ + 1, ring_->end_of(sequence_));
    if (!is_start(position_)) return status::corrupt;
  }
  return status::corrupt;
}

bool consumer::take(record_view& view) noexcept {
  auto const& g = ring_->geometry();
  auto const p = read_prefix(here());
  if (p.length > g.max_payload) return false;
  auto const least = (p.length + segment::prefix_bytes + g.alignment - 1) & ~(g.alignment - 1);
  auto next = position_ + least;
  if (p.shrunk) {
    next = ring_->end_of(sequence_);
    if (next - position_ < least || next - position_ > g.capacity) return false;
    if (!is_start(next)) return false;
  }
  auto const time = ring_->keeps_times() ? ring_->time_of(sequence_).load(std::memory_order_relaxed) : 0;
  view = {here() + segment::prefix_bytes, p.length, sequence_, time, p.tag};
  move_to(sequence_ + 1, next);
  return true;
}

void consumer::release_until(std::uint64_t sequence) noexcept {
  // SYNC: release -> smallest_cursor. Our reads of the bytes come before the publisher's next writes there.
  own_->shared().cursor.store(sequence, std::memory_order_release);
  QUOIT_STEP(cursor_moved);
  signal_space(*ring_);
}

}  // namespace quoit::ring
