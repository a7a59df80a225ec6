// SPDX-License-Identifier: BSL-1.0
#include "ring/replay.hpp"

#include <algorithm>
#include <cstring>

#include "ring/claims.hpp"
#include "ring/frame.hpp"
#include "ring/level.hpp"
#include "system/step.hpp"

namespace quoit::ring {

using segment::record_state;

/// On to a record that is there. ok: it starts at position_.
status replay::find() noexcept {
  for (; sequence_ < last_; ++sequence_) {
    auto const w = ring_->claimed(sequence_);
    position_ = batch_start_ = start_of(*ring_, sequence_);
    QUOIT_STEP(onlooker_found);
    if (!is_still_kept(*ring_, sequence_)) return lose();
    if (w.state == record_state::committed) return status::ok;
    if (w.state == record_state::aborted) continue;
    bool const many = ring_->geometry().has_many_publishers();
    bool const stamped = many && w.state == record_state::reserved && is_stamped(*ring_, sequence_, position_);
    return stamped ? status::ok : status::timeout;
  }
  return status::timeout;
}

status replay::lose() noexcept {
  auto const floor = ring_->words().floor.word.load(std::memory_order_acquire);  // SYNC: floor -> find_frontier
  if (floor <= sequence_ || floor > last_sequence) return status::corrupt;
  lost_ = floor - sequence_;
  sequence_ = floor;
  index_ = 0;
  return status::lost;
}

status replay::next(observed_record& record, std::vector<std::byte>& copy) {
  if (index_ == 0) {
    if (auto const s = find(); s != status::ok) return s;
  }
  auto const& g = ring_->geometry();
  auto const torn = [this] { return is_still_kept(*ring_, sequence_) ? status::corrupt : lose(); };
  auto const w = ring_->claimed(sequence_);
  auto const end = ring_->end_of(sequence_);
  // In this order, so that no difference is less than nothing: a batch fits the ring, and its rest a prefix.
  auto const whole = end - batch_start_;
  auto const done = position_ - batch_start_;
  if (whole > g.capacity || done > whole || whole - done < segment::prefix_bytes) return torn();
  if (((position_ + segment::prefix_bytes) & (g.alignment - 1)) != 0) return torn();
  auto* const at = data_ + (position_ & g.mask);
  auto const p = read_prefix(at);
  if (p.length > g.max_payload) return torn();
  auto const extent = extent_of(*ring_, p.length);
  if (extent > whole - done) return torn();
  bool const more = !p.shrunk && extent < whole - done;
  copy.resize(p.length);
  if (p.length > 0) std::memcpy(copy.data(), at + segment::prefix_bytes, p.length);
  QUOIT_STEP(onlooker_copied);
  auto const time = ring_->keeps_times() ? ring_->time_of(sequence_).load(std::memory_order_relaxed) : 0;
  if (!is_still_kept(*ring_, sequence_)) return lose();
  record = {copy, sequence_, index_, p.tag, time, {w.slot, w.generation}, position_};
  if (more) {
    position_ += extent;
    ++index_;
  } else {
    ++sequence_;
    index_ = 0;
  }
  return status::ok;
}

std::uint64_t copy_last(ring const& r, std::byte const* data, std::size_t most, std::vector<std::byte>& into) {
  auto const l = level_of(r);
  if (l.status != status::ok) {
    into.clear();
    return 0;
  }
  auto const n = std::min<std::uint64_t>(most, l.bytes);
  auto const from = l.head - n;
  into.resize(n);
  QUOIT_STEP(onlooker_found);
  if (n > 0) std::memcpy(into.data(), data + (from & r.geometry().mask), n);
  QUOIT_STEP(onlooker_copied);
  // What the writer has gone over meanwhile stands at the front.
  std::atomic_thread_fence(std::memory_order_acquire);  // SYNC: floor -> is_kept
  auto const floor = r.words().floor.word.load(std::memory_order_relaxed);
  auto const gone = floor > from ? std::min(floor - from, n) : 0;
  into.erase(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(gone));
  return from + gone;
}

}  // namespace quoit::ring
