// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "quoit/options.hpp"
#include "quoit/status.hpp"
#include "ring/ends.hpp"
#include "ring/place.hpp"
#include "ring/ring.hpp"

/// \file
/// A reliable reader's side of a stream: joining, finding what is unread, giving it back.

namespace quoit::ring {

class stream_consumer {
 public:
  /// `data`: the ring, mapped twice; it may be mapped read-only. `start()` must answer ok before anything else.
  stream_consumer(ring const& r, place& own, std::byte const* data) noexcept
      : ring_(&r), own_(&own), data_(data), ends_(r) {}

  /// Joins at the head, or at the oldest byte that is kept: sets the cursor and makes the place LIVE. ok or corrupt.
  status start(quoit::start where) noexcept;

  /// Where the next unread byte is.
  std::uint64_t position() const noexcept { return position_; }

  /// What is next. ok: `at_least` unread bytes, or fewer that no more can join. timeout: not so many yet. closed, died:
  /// an end, which is thereby met. retired: nothing more, and the name leads elsewhere. evicted, corrupt.
  status look(std::uint64_t at_least) noexcept;

  /// How many bytes the last look has found here(), whatever it answered; less what was consumed since.
  std::uint64_t unread() const noexcept { return unread_; }
  std::byte const* here() const noexcept { return data_ + (position_ & ring_->geometry().mask); }

  /// Gives back `size` bytes, at most unread(), and wakes the writer if it sleeps.
  void consume(std::uint64_t size) noexcept;

 private:
  ring const* ring_;
  place* own_;
  std::byte const* data_;
  ends_met ends_;
  std::uint64_t position_ = 0;
  std::uint64_t unread_ = 0;
};

}  // namespace quoit::ring
