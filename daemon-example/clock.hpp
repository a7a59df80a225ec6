// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>

namespace example {

/// CLOCK_MONOTONIC on Linux: one clock for all processes of a machine, the same that `quoit::message::time()` tells.
using clock = std::chrono::steady_clock;

inline std::int64_t monotonic_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now().time_since_epoch()).count();
}

}  // namespace example
