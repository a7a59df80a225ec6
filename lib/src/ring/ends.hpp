// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>

#include "quoit/status.hpp"
#include "ring/budget.hpp"
#include "ring/ring.hpp"

/// \file
/// Ends: how, and before which record (in a stream: byte), each publisher's time was over. The k-th end ever written
/// stands at k mod 24.
///
/// An end is written by the publisher that closes, or by anybody who finds it dead: several at once, each of whom may
/// be killed or sleep for a month in between. So each step is a compare-and-swap from a value that never
/// comes back (generations, sequence numbers and the count only grow), and the last one counts it.
///
/// Of many publishers several may be over at once. Then the first word of an entry says its k as well, so that one who
/// finds an end that is begun, and not his own, completes that first.

namespace quoit::ring {

struct end_notice {
  std::uint32_t generation;
  status how;  ///< closed or died
  std::uint64_t sequence;
};

/// So many ends can be read; those before them are forgotten.
inline constexpr std::uint64_t readable_ends = segment::ends_kept - 1;

/// The k-th end, or nothing if it is not written yet or was overwritten by a later one.
std::optional<end_notice> read_end(ring const& r, std::uint64_t k) noexcept;

/// How far one subscriber has come along the ends.
class ends_met {
 public:
  explicit ends_met(ring const& r) noexcept : ring_(&r) {}

  /// How many there are.
  std::uint64_t counted() const noexcept {
    return ring_->words().ends.word.load(std::memory_order_acquire);  // SYNC: end -> read_end
  }

  /// At joining: those before `sequence` are behind it, and of the first `count` those at it.
  void start(std::uint64_t sequence, std::uint64_t count) noexcept;

  /// Whether there are some that were not met. Costs a load of a line that hardly ever changes. Who has acquired a
  /// record or the head sees all ends before it counted; who sees an end counted, all that comes before it.
  bool are_ahead() const noexcept { return counted() != met_; }

  /// Whether meet(sequence) would meet one, or might. Changes nothing.
  bool stands_at(std::uint64_t sequence) const noexcept;

  /// For one who stands at `sequence`. closed, died: an end stands there, and is met by this. ok: none does, and the
  /// next one is told by next(). corrupt.
  status meet(std::uint64_t sequence) noexcept;

  /// Whether ends that were not met are forgotten already. Then the oldest one that can be read stands there; 0 if it
  /// cannot be told.
  std::optional<std::uint64_t> after_forgotten() const noexcept;

  /// How many ends, of all that ever were, are behind.
  std::uint64_t met() const noexcept { return met_; }

  /// After meet() answered ok: where the next end stands; `none` if there is none yet.
  std::uint64_t next() const noexcept { return next_; }
  static constexpr std::uint64_t none = ~std::uint64_t{0};

 private:
  ring const* ring_;
  std::uint64_t met_ = 0;
  std::uint64_t next_ = none;
};

/// Writes the end of the publisher in this place that has this identity, after all that it has claimed is resolved, and
/// frees the place. Idempotent; does nothing if that identity has gone. The caller knows that this publisher is dead,
/// or is that publisher. Wakes everybody. False, with the budget spent: not yet. False, else: the words contradict each
/// other.
bool finish_publisher(ring const& r, std::uint32_t index, std::uint64_t identity, segment::end_kind how,
                      budget& b) noexcept;

/// The same, of one all of whose claims are resolved.
bool end_publisher(ring const& r, std::uint32_t index, std::uint64_t identity, segment::end_kind how,
                   budget& b) noexcept;

}  // namespace quoit::ring
