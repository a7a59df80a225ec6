// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ring/ring.hpp"
#include "system/fence.hpp"
#include "system/step.hpp"
#include "wait/futex_word.hpp"

/// \file
/// Telling those who sleep. The fence is the waker's half of "store, fence, look at the other's word": with it either
/// the sleeper's last look sees the change, or this sees his bit. No system call if nobody sleeps.

namespace quoit::ring {

/// After something that subscribers wait for. SYNC: announce_sleeper -> signal_data.
inline void signal_data(ring const& r) noexcept {
  sys::full_fence();
  if (wait::has_sleepers(r.words().data.word)) wait::wake_all(r.words().data.word);
}

/// After something that publishers wait for. SYNC: announce_sleeper -> signal_space.
inline void signal_space(ring const& r) noexcept {
  sys::full_fence();
  if (wait::has_sleepers(r.words().space.word)) wait::wake_all(r.words().space.word);
}

}  // namespace quoit::ring
