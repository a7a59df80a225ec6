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
/// A reliable subscriber's side of the ring: joining, finding the next record, giving back what was read.

namespace quoit::ring {

/// A record as it was found, checked: the span lies inside the mapping.
struct record_view {
  std::byte const* data;
  std::size_t size;
  std::uint64_t sequence;
  std::int64_t time;
  std::uint32_t tag;
};

class consumer {
 public:
  /// `data`: the ring, mapped twice; it may be mapped read-only. `start()` must answer ok before anything else.
  consumer(ring const& r, place& own, std::byte* data) noexcept : ring_(&r), own_(&own), data_(data), ends_(r) {}

  /// Joins: sets the cursor and makes the place LIVE. ok or corrupt.
  status start(quoit::start where) noexcept;

  /// The number of the next record.
  std::uint64_t sequence() const noexcept { return sequence_; }

  /// Where it starts.
  std::uint64_t position() const noexcept { return position_; }

  /// What is next. ok: a record, to be had by take(). timeout: nothing yet. closed, died: an end, which is thereby
  /// met. retired: nothing more, and the name leads elsewhere. evicted, corrupt.
  /// Unless it is thorough it does not look at the descriptor, so that a waiting reader shares only one cache line with
  /// the publisher, the one where the next stamp will be. What only the thorough look sees is a record whose publisher
  /// was killed between committing and announcing it.
  status look(bool thorough) noexcept;

  /// After look() said ok: the record, and on to the next one. False: corrupt.
  bool take(record_view& view) noexcept;

  /// Gives back everything before `sequence`, and wakes the publisher if it sleeps.
  void release_until(std::uint64_t sequence) noexcept;

 private:
  status look_closely() noexcept;
  bool find_start(quoit::start where) noexcept;
  bool is_start(std::uint64_t position) const noexcept;
  void move_to(std::uint64_t sequence, std::uint64_t position) noexcept;
  std::byte* here() const noexcept { return data_ + (position_ & ring_->geometry().mask); }

  ring const* ring_;
  place* own_;
  std::byte* data_;
  ends_met ends_;
  std::uint64_t sequence_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t expected_stamp_ = 0;
};

}  // namespace quoit::ring
