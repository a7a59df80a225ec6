// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "quoit/status.hpp"
#include "ring/place.hpp"
#include "ring/ring.hpp"

/// \file
/// The writer's side of a stream. There is one word that says how far the stream goes, the head, and one writer who
/// stores it.
///
///   killed before the head is stored:  the bytes were never there; the next writer writes over them
///   killed after it, not woken:        sleepers look for themselves at the end of their slice
///
/// Invariants: floor <= position <= limit; limit <= floor + N; limit <= cursor + N for each living reader.

namespace quoit::ring {

class stream_producer {
 public:
  /// `data`: the ring, mapped twice. `start()` must answer ok before anything else.
  stream_producer(ring const& r, place& own, std::byte* data) noexcept : ring_(&r), own_(&own), data_(data) {}

  /// Goes on at the head. The caller holds place 0, and is still JOINING: who is refused here leaves no end.
  /// ok, corrupt, or busy: a living reader has not met an end that this writer's own end would make forgotten,
  /// so that a span of that reader's would cross it.
  status start() noexcept;

  /// Where the next byte goes.
  std::uint64_t position() const noexcept { return position_; }

  /// How many bytes may be written there, by the limit that was taken last: no shared word is touched.
  std::uint64_t room() const noexcept { return limit_ > position_ ? limit_ - position_ : 0; }

  /// Moves the floor if that helps, and takes a new limit. Whether there is room for `least` bytes now; if so, there is
  /// room for as many as there can be, up to `most`.
  bool make_room(std::uint64_t least, std::uint64_t most) noexcept;

  /// Has no room any more, once somebody has written over its place: another one may be writing.
  void stop() noexcept { limit_ = 0; }

  /// Whether one who needs everything from `cursor` on is in the way of so many bytes.
  bool is_in_way(std::uint64_t cursor, std::uint64_t wanted) const noexcept {
    return cursor + ring_->geometry().capacity < position_ + wanted;
  }

  std::byte* here() const noexcept { return data_ + (position_ & ring_->geometry().mask); }

  /// Publishes the `size` bytes at here(), which are at most room(). Wakes who sleeps.
  void commit(std::uint64_t size) noexcept;

 private:
  bool have_met(std::uint64_t end, std::uint64_t position) noexcept;
  bool is_met(std::uint64_t end) const noexcept;
  void move_floor(std::uint64_t to) noexcept;
  std::uint64_t oldest_needed() const noexcept;

  ring const* ring_;
  place* own_;
  std::byte* data_;
  std::uint64_t position_ = 0;
  std::uint64_t floor_ = 0;  // what the shared word holds; it is never read back
  std::uint64_t limit_ = 0;  // no byte at or beyond it may be written
  std::uint64_t commits_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace quoit::ring
