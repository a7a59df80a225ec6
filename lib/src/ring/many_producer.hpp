// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quoit/status.hpp"
#include "ring/budget.hpp"
#include "ring/frontier.hpp"
#include "ring/limit.hpp"
#include "ring/place.hpp"
#include "ring/ring.hpp"

/// \file
/// The side of one of many publishers: it claims room for a record, writes it, and commits or discards it. What it does
/// to descriptors is told in claims.hpp.
///
///   killed before the claim:             nothing happened
///   killed between claim and stamp:      the record is aborted by whoever is held up by it, or needs the place
///   killed between stamp and COMMITTED:  it is committed; whoever meets it says so in the descriptor
///   killed after that, not woken:        sleepers look for themselves at the end of their slice

namespace quoit::ring {

class many_producer {
 public:
  /// `data`: the ring, mapped twice, writable.
  many_producer(ring const& r, place& own, std::byte* data) noexcept : ring_(&r), own_(&own), data_(data), whole_(r) {}

  /// Room for a record of `extent` bytes (a multiple of the alignment, prefix included). ok: it is claimed. timeout:
  /// there is no room now. corrupt.
  status claim(std::uint64_t extent) noexcept;

  /// Resolves the claims of dead publishers that hold the floor.
  void resolve_dead() noexcept;

  /// Where the claimed record starts: its prefix, then its payload.
  std::byte* here() const noexcept { return data_ + (start_ & ring_->geometry().mask); }
  std::uint64_t position() const noexcept { return start_; }
  std::uint64_t sequence() const noexcept { return sequence_; }

  /// Publishes the claimed record, whose prefixes are written, but for the stamp of the first one. Wakes who sleeps.
  void commit(bool more_follow, std::size_t messages, std::size_t bytes) noexcept;

  /// Gives the claimed record up: it uses up its number. Wakes who sleeps.
  void discard() noexcept;

  /// Where the next claim would go, if that can be told.
  std::optional<frontier> find_goal() const noexcept;

  /// Whether one who needs everything from record `cursor` on is in the way of so many bytes there.
  bool is_in_way(std::uint64_t cursor, frontier const& goal, std::uint64_t extent) const noexcept;

  /// After claim() answered timeout: whether others went on faster than it could look.
  bool was_overtaken() const noexcept { return overtaken_; }

 private:
  bool make_room(frontier const& at, std::uint64_t extent, budget& b) noexcept;
  std::uint64_t propose_floor(std::uint64_t floor, std::uint64_t last, frontier const& at,
                              std::uint64_t extent) const noexcept;

  ring const* ring_;
  place* own_;
  std::byte* data_;
  budget whole_;  // of each call
  limit limit_;
  std::uint64_t sequence_ = 0;  // of the claimed record
  std::uint64_t start_ = 0;
  std::uint64_t reserved_ = 0;  // its word
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  bool overtaken_ = false;
};

}  // namespace quoit::ring
