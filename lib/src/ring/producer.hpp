// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "quoit/status.hpp"
#include "ring/limit.hpp"
#include "ring/place.hpp"
#include "ring/prefix.hpp"
#include "ring/ring.hpp"
#include "ring/signals.hpp"
#include "segment/words.hpp"
#include "system/calls.hpp"
#include "system/step.hpp"
#include "wait/waiter.hpp"

/// \file
/// The exclusive publisher's side of the ring. Nobody else stores what it stores, so its path has no read-modify-write.
///
/// A record is written in this order: payload, prefix, end (`b`), word (`a`, release), stamp (release).
///   killed before `a`:                 the record was never there; the next publisher writes over it
///   killed between `a` and the stamp:  it is committed; subscribers find it by its descriptor
///   killed after the stamp, not woken: sleepers look for themselves at the end of their slice

namespace quoit::ring {

class producer {
 public:
  /// Goes on behind what is there. The caller holds place 0 and is LIVE. `data`: the ring, mapped twice.
  /// `start()` must answer ok before anything else.
  producer(ring const& r, place& own, std::byte* data) noexcept
      : ring_(&r),
        own_(&own.shared()),
        data_(data),
        committed_(
            segment::pack(segment::record_word{0, own.generation(), own.index(), segment::record_state::committed})) {}

  /// Finds the frontier and takes the first limit: ok or corrupt.
  status start() noexcept;

  std::uint64_t sequence() const noexcept { return sequence_; }

  /// Where the next record starts.
  std::uint64_t position() const noexcept { return position_; }

  /// Whether there is room for `extent` bytes of ring, by the limit that was taken last: no shared word is touched.
  bool has_room(std::uint64_t extent) const noexcept { return limit_.allows(sequence_, position_ + extent); }

  /// Moves the floor if that helps, and takes a new limit. Whether there is room now.
  bool make_room(std::uint64_t extent) noexcept;

  /// Has no room any more, once somebody has written over its place: another one may be publishing.
  void stop() noexcept { limit_ = {}; }

  /// Whether one who needs everything from record `cursor` on is in the way of so many bytes.
  bool is_in_way(std::uint64_t cursor, std::uint64_t extent) const noexcept {
    return cursor < sequence_ && !limit_from(*ring_, cursor).allows(sequence_, position_ + extent);
  }

  /// Where the next record goes, prefix first. Writing there needs has_room().
  std::byte* here() const noexcept { return data_ + (position_ & ring_->geometry().mask); }

  /// Publishes what stands here(): `extent` bytes with their prefixes, but for the stamp of the first one. If more than
  /// one record is in it, the first one's says so. Wakes who sleeps.
  [[gnu::always_inline]] void commit(std::uint64_t extent, bool more_follow, std::size_t messages,
                                     std::size_t bytes) noexcept {
    auto& r = *ring_;
    auto const sequence = sequence_;
    auto const start = position_;
    auto& d = r.record(sequence);
    QUOIT_STEP(commit_prefixed);
    d.b.store(start + extent, std::memory_order_relaxed);  // made visible by the release of `a`
    if (r.keeps_times()) r.time_of(sequence).store(sys::monotonic_now(), std::memory_order_relaxed);
    QUOIT_STEP(commit_placed);
    // SYNC: commit -> resolved, commit -> look. Payload, prefix, end and time come before it.
    d.a.store(segment::with_lap(committed_, r.lap(sequence)), std::memory_order_release);
    QUOIT_STEP(commit_described);
    auto const stamp = r.stamp(sequence, start) & ~(more_follow ? segment::stamp_last : 0);
    stamp_of(data_ + (start & r.geometry().mask)).store(stamp, std::memory_order_release);  // SYNC: stamp -> look
    QUOIT_STEP(commit_stamped);
    sequence_ = sequence + 1;
    position_ = start + extent;
    r.words().next.word.store(sequence_, std::memory_order_relaxed);
    own_->messages.store(messages_ += messages, std::memory_order_relaxed);
    own_->bytes.store(bytes_ += bytes, std::memory_order_relaxed);
    signal_data(r, own_);
    QUOIT_STEP(commit_signalled);
  }

 private:
  limit take_limit() const noexcept;
  std::uint64_t propose_floor(std::uint64_t extent, std::uint64_t cursors) const noexcept;

  ring const* ring_;
  slot* own_;
  std::byte* data_;
  std::uint64_t committed_;     // a record's word, but for its lap
  std::uint64_t sequence_ = 0;  // of the next record
  std::uint64_t position_ = 0;  // where it starts
  std::uint64_t floor_ = 0;     // what the shared word holds; it is never read back
  limit limit_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace quoit::ring
