// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "quoit/observer.hpp"
#include "ring/ring.hpp"

/// \file
/// Who takes part and who waits for whom, for one who only looks.

namespace quoit::ring {

/// Adds to a level who takes part, who is the slowest, and what holds delivery up. Asks the kernel who is alive.
void call_roll(ring const& r, channel_sample& s);

}  // namespace quoit::ring
