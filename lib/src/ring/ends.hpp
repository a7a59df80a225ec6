// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>

#include "quoit/status.hpp"
#include "ring/ring.hpp"

/// \file
/// Ends: how, and before which record, each publisher's time was over. The k-th end ever written stands at k mod 24.
///
/// An end is written by the publisher that closes, or by anybody who finds it dead: several at once, each of whom may
/// be killed or sleep for a month in between. So each step is a compare-and-swap from a value that never
/// comes back (generations, sequence numbers and the count only grow), and the last one counts it.

namespace quoit::ring {

struct end_notice {
  std::uint32_t generation;
  status how;  ///< closed or died
  std::uint64_t sequence;
};

/// The k-th end, or nothing if it is not written yet or was overwritten by a later one.
std::optional<end_notice> read_end(ring const& r, std::uint64_t k) noexcept;

/// Writes the end of the publisher in place 0 that has this identity, and frees the place. Idempotent; does nothing
/// if that identity has gone. The caller knows that this publisher is dead, or is that publisher. Wakes everybody.
/// False: the words contradict each other.
bool finish_publisher(ring const& r, std::uint64_t identity, segment::end_kind how) noexcept;

}  // namespace quoit::ring
