// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

#include "quoit/options.hpp"
#include "system/calls.hpp"

namespace quoit::sys {

/// A point of CLOCK_MONOTONIC until which to wait, or never. Does not look at the clock unless it must.
class deadline {
 public:
  explicit deadline(std::chrono::nanoseconds timeout) noexcept {
    if (timeout == forever) return;
    auto const now = monotonic_now();
    auto const ns = timeout.count() > 0 ? timeout.count() : 0;
    at_ = ns > never - now ? never : now + ns;
  }

  bool is_never() const noexcept { return at_ == never; }
  bool is_over() const noexcept { return !is_never() && monotonic_now() >= at_; }

  /// What is left, as a timeout for somebody else's wait.
  std::chrono::nanoseconds left() const noexcept {
    return is_never() ? forever : std::chrono::nanoseconds(left(never - 1));
  }

  /// Nanoseconds left, at most `most`, at least 0.
  std::int64_t left(std::int64_t most) const noexcept {
    if (is_never()) return most;
    auto const ns = at_ - monotonic_now();
    return ns < 0 ? 0 : ns < most ? ns : most;
  }

 private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  std::int64_t at_ = never;
};

}  // namespace quoit::sys
