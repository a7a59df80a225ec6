// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "blow.hpp"
#include "quoit/quoit.hpp"

namespace sweep {

using namespace std::chrono_literals;

constexpr auto long_enough = 60s;

/// What the processes of a play share beside what is tested. A source is a publisher, in all its lives.
struct ledger {
  static constexpr std::uint32_t sources = 4;
  std::array<std::atomic<std::uint64_t>, sources> begun;      ///< The last record, before its commit. (Streams: bytes.)
  std::array<std::atomic<std::uint64_t>, sources> committed;  ///< The same, after it.
  std::array<std::atomic<std::uint64_t>, sources> got;        ///< The last record that the witness has.
  std::atomic<std::uint64_t> lives;                           ///< Publishers that have joined.
  std::atomic<std::uint64_t> ends;                            ///< Ends of publishers that the witness has met,
  std::atomic<std::uint64_t> deaths;                          ///< and those of them that told of a death.
  std::atomic<std::uint64_t> abandoned;                       ///< Reservations that were discarded, at most.
  std::atomic<std::uint64_t> missing;                         ///< Sequence numbers that the witness has not met.
  std::atomic<std::uint64_t> seen;                            ///< How many records (bytes) the witness has.
  std::atomic<bool> ready;                                    ///< The witness has joined.
  std::atomic<bool> go;                                       ///< The victim was hit, or has ended.
  std::atomic<bool> stop;                                     ///< The others are to come to an end.
};

/// Works in the channel until the ledger says stop, or, as the victim, until it has done what it does.
using part = std::function<void(quoit::channel const&, ledger&)>;

/// A play around one small ring: a victim; others who go on whatever becomes of it; and a witness, who has joined
/// before all of them, and gets everything.
struct ring_scene {
  std::string name;
  quoit::channel_options rules;
  part before;  ///< Done by nobody: in a process that is killed when it is over. Or none.
  part act;     ///< The victim's.
  std::vector<part> others;
  std::function<bool(std::string const&)> holds_up;  ///< Whether a victim that is stopped there may hold the others up.
  part witness;
  std::uint64_t laps;  ///< How much the witness is to get for more than two laps of everything.
};

/// Waits, in a victim that reads no more, until the ring is full behind it and its publishers sleep: who leaves then
/// has to wake them.
void hold_up(ledger const& l);

scene in_ring(ring_scene s);

}  // namespace sweep
