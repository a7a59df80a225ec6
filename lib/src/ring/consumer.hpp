// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quoit/message.hpp"
#include "quoit/options.hpp"
#include "quoit/status.hpp"
#include "ring/ends.hpp"
#include "ring/frame.hpp"
#include "ring/frontier.hpp"
#include "ring/place.hpp"
#include "ring/prefix.hpp"
#include "ring/ring.hpp"
#include "system/step.hpp"

/// \file
/// A subscriber's side of the ring: joining, finding the next record, giving back what was read.
///
/// A reliable one has a cursor that no publisher passes. A lossy one has none that counts: it reads as from a seqlock
/// over the floor. Publishers move the floor, fence, and only then write over what lies before it. So who has read
/// something, fences, and finds the floor not beyond it, has read it whole; else it goes on at the floor and says what
/// it has missed.

namespace quoit::ring {

/// A record as it was found, checked: the span lies inside the mapping.
struct record_view {
  std::byte const* data;
  std::size_t size;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t index;  ///< In its batch.
  std::uint32_t tag;
};

/// Sequence numbers from first to before last that are held.
struct held_range {
  std::uint64_t first;
  std::uint64_t last;
};

class consumer {
 public:
  /// `data`: the ring, mapped twice; it may be mapped read-only. `start()` must answer ok before anything else.
  consumer(ring const& r, place& own, std::byte* data) noexcept : ring_(&r), own_(&own), data_(data), ends_(r) {}

  /// Joins: sets the cursor and makes the place LIVE. ok, corrupt, or lost: what it is to start with is not held; then
  /// held() says what is.
  status start(start_point where) noexcept;
  held_range held() const noexcept { return held_; }

  /// After start() answered lost or corrupt, when this one stood elsewhere before: goes on there; or with the oldest
  /// record that is held, if a reliable one's were given up meanwhile. ok or corrupt.
  status go_on_as(consumer const& before) noexcept;

  /// The number of the next record.
  std::uint64_t sequence() const noexcept { return sequence_; }

  /// Where it starts.
  std::uint64_t position() const noexcept { return position_; }

  /// What is next. ok: a record, to be had by take(). timeout: nothing yet. closed, died: an end, which is thereby met.
  /// lost: records are gone, last_loss() says which, and the next look goes on behind them. retired: nothing more, and
  /// the name leads elsewhere. evicted, corrupt. With one publisher, and unless it is thorough, it does not look at the
  /// descriptor, so that a waiting reader shares only one cache line with the publisher, the one where the next stamp
  /// will be. What only the thorough look sees then is a record whose publisher was killed between committing and
  /// announcing it.
  status look(bool thorough) noexcept {
    // SYNC: stamp -> look. Payload, prefix, and the ends that were counted before it are seen.
    auto const stamp = stamp_of(here()).load(std::memory_order_acquire);
    bool const there = (stamp | segment::stamp_last) == expected_stamp_;
    if (there && !is_lossy() && !ends_.are_ahead() && own_->is_live()) [[likely]]
      return status::ok;
    return look_further(thorough);
  }

  /// Whether the next record has been announced, by its stamp alone.
  bool is_announced() const noexcept {
    return (stamp_of(here()).load(std::memory_order_relaxed) | segment::stamp_last) == expected_stamp_;
  }

  /// Whether the next thorough look would answer anything but `timeout` (or would, but for discarded records). Changes
  /// nothing: neither here nor in shared memory.
  bool has_news() const noexcept;

  /// After look() said ok: the record, and on to the next one. ok, lost, evicted, corrupt.
  status take(record_view& view) noexcept {
    QUOIT_STEP(record_found);
    auto* const at = here();
    auto const p = read_prefix(at);
    auto const stamp = stamp_of(at).load(std::memory_order_relaxed);
    bool const announced = (stamp | segment::stamp_last) == expected_stamp_;
    auto const& g = ring_->geometry();
    if (!announced || p.shrunk || p.length > g.max_payload || is_lossy()) [[unlikely]]
      return take_carefully(view);
    auto const next = position_ + extent_of(*ring_, p.length);
    if (next - batch_start_ > g.capacity) [[unlikely]]
      return what_is_wrong();
    give(view, at, p);
    (stamp & segment::stamp_last) == 0 ? move_to(sequence_, next, index_ + 1) : move_to(sequence_ + 1, next);
    return status::ok;
  }

  /// After look() said ok: on to the newest record, if there is a newer one.
  void skip_to_newest() noexcept;

  /// Whether a record is still what it was, as far as publishers are concerned. What was read of it before is whole
  /// then.
  bool is_kept(std::uint64_t sequence) const noexcept;

  /// Gives back everything before `sequence`, and wakes the publisher if it sleeps.
  void release_until(std::uint64_t sequence) noexcept;

  /// After `lost`: what was. `is_kept` found something torn: notes the loss and goes on at the floor.
  loss const& last_loss() const noexcept { return loss_; }
  status note_loss() noexcept;

 private:
  bool is_lossy() const noexcept { return own_->role() == segment::place_role::lossy; }
  bool is_overrun() const noexcept;
  status what_is_wrong() noexcept;
  status look_further(bool thorough) noexcept;
  status look_closely() noexcept;
  status take_carefully(record_view& view) noexcept;
  /// `now`: where `next` was when we joined, if that matters.
  status find_start(start_point where, std::optional<frontier> const& now) noexcept;
  status find_time(std::uint64_t first, std::uint64_t next, std::int64_t time) noexcept;
  bool is_start(std::uint64_t position) const noexcept;

  void give(record_view& view, std::byte const* at, prefix_copy const& p) const noexcept {
    auto const time = ring_->keeps_times() ? ring_->time_of(sequence_).load(std::memory_order_relaxed) : 0;
    view = {at + segment::prefix_bytes, p.length, sequence_, time, index_, p.tag};
  }

  void move_to(std::uint64_t sequence, std::uint64_t position, std::uint32_t index = 0) noexcept {
    sequence_ = sequence;
    position_ = position;
    index_ = index;
    if (index == 0) batch_start_ = position;
    expected_stamp_ = ring_->stamp(sequence, position);
  }

  std::byte* here() const noexcept { return data_ + (position_ & ring_->geometry().mask); }

  ring const* ring_;
  place* own_;
  std::byte* data_;
  ends_met ends_;
  std::uint64_t sequence_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t batch_start_ = 0;  // where the first record of the same number starts
  std::uint32_t index_ = 0;        // in that batch
  std::uint64_t expected_stamp_ = 0;
  loss loss_;
  held_range held_{};
};

}  // namespace quoit::ring
