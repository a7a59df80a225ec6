// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

#include "ring/ring.hpp"
#include "system/fence.hpp"
#include "system/step.hpp"
#include "wait/futex_word.hpp"

/// \file
/// Telling those who sleep. A waker stores, and then looks at the sleepers' word; a sleeper stores there, and then
/// looks for the change. One of the two looks sees the other's store, as there is a full fence between store and look
/// on both sides: the waker's own, or, in a channel with the rule `asymmetric`, the one that the sleeper issues for
/// both. Then the waker has nothing to do but to keep the compiler's order. No system call if nobody sleeps.

namespace quoit::ring {

/// SYNC: announce_sleeper -> is_heard. After the change, before the look.
inline bool is_heard(ring const& r, wait::futex_word const& word) noexcept {
  if (r.fences()) {
    sys::full_fence();
  } else {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  return wait::has_sleepers(word);
}

/// Wakes those who sleep on it, if some do, and counts that in the place of who does it.
inline void signal(ring const& r, wait::futex_word& word, slot* waker) noexcept {
  if (!is_heard(r, word)) return;
  wait::wake_all(word);
  if (waker != nullptr) count(waker->wakes);
}

/// After something that subscribers wait for.
inline void signal_data(ring const& r, slot* waker = nullptr) noexcept { signal(r, r.words().data.word, waker); }

/// After something that publishers wait for.
inline void signal_space(ring const& r, slot* waker = nullptr) noexcept { signal(r, r.words().space.word, waker); }

/// After something that all wait for, with one fence for both looks.
inline void signal_all(ring const& r, slot* waker = nullptr) noexcept {
  bool const data = is_heard(r, r.words().data.word);
  bool const space = wait::has_sleepers(r.words().space.word);
  if (data) wait::wake_all(r.words().data.word);
  if (space) wait::wake_all(r.words().space.word);
  if ((data || space) && waker != nullptr) count(waker->wakes);
}

}  // namespace quoit::ring
