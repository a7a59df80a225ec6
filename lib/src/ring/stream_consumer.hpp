// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "quoit/options.hpp"
#include "quoit/status.hpp"
#include "ring/consumer.hpp"
#include "ring/ends.hpp"
#include "ring/place.hpp"
#include "ring/ring.hpp"

/// \file
/// A reader's side of a stream: joining, finding what is unread, giving it back. A lossy one reads as from a seqlock
/// over the floor: see ring/consumer.hpp.

namespace quoit::ring {

class stream_consumer {
 public:
  /// `data`: the ring, mapped twice; it may be mapped read-only. `start()` must answer ok before anything else.
  stream_consumer(ring const& r, place& own, std::byte const* data) noexcept
      : ring_(&r), own_(&own), data_(data), ends_(r) {}

  /// Joins: sets the cursor and makes the place LIVE. ok, corrupt, or lost: the position to start with is not held;
  /// then held() says what is.
  status start(start_point where) noexcept;
  held_range held() const noexcept { return held_; }

  /// After start() answered lost or corrupt, when this one stood somewhere before: goes on there; or with the oldest
  /// byte that is held, if a reliable one's were given up meanwhile.
  void go_on() noexcept;

  /// Where the next unread byte is.
  std::uint64_t position() const noexcept { return position_; }

  /// What is next. ok: `at_least` unread bytes, or fewer that no more can join. timeout: not so many yet. closed, died:
  /// an end, which is thereby met. lost: bytes are gone, last_loss() says which, and the next look goes on behind them.
  /// retired: nothing more, and the name leads elsewhere. evicted, corrupt.
  status look(std::uint64_t at_least) noexcept;

  /// Whether the next look for one byte would answer anything but `timeout`. Changes nothing.
  bool has_news() const noexcept;

  /// How many bytes the last look has found here(), whatever it answered; less what was consumed since.
  std::uint64_t unread() const noexcept { return unread_; }
  std::byte const* here() const noexcept { return data_ + (position_ & ring_->geometry().mask); }

  /// Whether the next unread byte, and all behind it, are what was committed; what was read of them before this is
  /// then.
  bool is_kept() const noexcept;

  /// After is_kept() said no: notes what is lost, and goes on behind it.
  status note_loss() noexcept;
  loss const& last_loss() const noexcept { return loss_; }

  /// Gives back `size` bytes, at most unread(), and wakes the writer if it sleeps.
  void consume(std::uint64_t size) noexcept;

 private:
  bool is_lossy() const noexcept { return own_->role() == segment::place_role::lossy; }
  status lose_until(std::uint64_t position) noexcept;

  ring const* ring_;
  place* own_;
  std::byte const* data_;
  ends_met ends_;
  std::uint64_t position_ = 0;
  std::uint64_t unread_ = 0;
  loss loss_;
  held_range held_{};
};

}  // namespace quoit::ring
