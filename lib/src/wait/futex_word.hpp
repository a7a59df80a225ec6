// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

/// \file
/// Sleeping and waking across processes on a shared word: epoch (31 bits) | WAITERS (1 bit).
///
/// What the two fences below are is the channel's rule: see ring/signals.hpp.
///
/// The sleeper sets WAITERS, fences, looks again, and sleeps unless the word has changed. The waker makes its change
/// visible, fences, and looks at the bit; if it is set, it clears it, counts the epoch up and wakes all. Of the
/// two looks, one sees the other's store: that is what both fences are for. The epoch is needed as soon as there are
/// two sleepers: else one that sets the bit again between another's look and its sleep makes the word look unchanged.
///
/// A bit, not a count: a sleeper that was killed costs one spurious wake, once. The epoch may wrap; nothing but
/// "changed since I looked, a moment ago" is read from it.

namespace quoit::wait {

using futex_word = std::atomic<std::uint32_t>;

/// What stands between a waker's change and its look at the bit.
enum class wakers : std::uint8_t {
  fence,       ///< A full fence of its own.
  are_fenced,  ///< Nothing: sleepers fence all who run.
};

/// Sets WAITERS and fences. The value to sleep on. SYNC: announce_sleeper -> is_heard: of its look afterwards and the
/// waker's look at the bit, one sees the other's store; if the wakers are fenced, only after `fence_wakers` as well.
std::uint32_t announce_sleeper(futex_word& word) noexcept;

/// Between announcing and looking again, once for any number of words. False: a waker that does not fence may not see
/// the bit, so that nothing but a short nap is safe.
bool fence_wakers(wakers w) noexcept;

/// How long such a nap is at most.
inline constexpr std::int64_t nap_ns = 2'000'000;

enum class sleep_end : std::uint8_t { woken, time_over };

/// Sleeps while the word has this value, at most `ns` nanoseconds. May return early; a signal does not count.
sleep_end sleep_on(futex_word& word, std::uint32_t value, std::int64_t ns) noexcept;

/// Clears the bit, counts the epoch up, and wakes all, if the bit is set.
void wake_all(futex_word& word) noexcept;

/// Whether somebody announced himself. Only after a full fence that follows the change he sleeps for.
inline bool has_sleepers(futex_word const& word) noexcept { return (word.load(std::memory_order_relaxed) & 1U) != 0; }

/// Changes the word and wakes all, whether or not the bit is set. Async-signal-safe.
void wake_unasked(futex_word& word) noexcept;

}  // namespace quoit::wait
