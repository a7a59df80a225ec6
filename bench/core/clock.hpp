// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/// \file
/// Two clocks: nanoseconds for spans of milliseconds, and ticks for single round trips, which are cheaper to take. The
/// ticks of all cores must go together (constant_tsc and nonstop_tsc); both ends of a span are taken by one process.

namespace bench {

inline std::int64_t nanoseconds_of(clockid_t clock) noexcept {
  timespec t{};
  ::clock_gettime(clock, &t);
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

inline std::int64_t now() noexcept { return nanoseconds_of(CLOCK_MONOTONIC); }

/// CPU time of this process, in nanoseconds.
inline std::int64_t cpu_time() noexcept { return nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID); }

inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return static_cast<std::uint64_t>(now());
#endif
}

/// Nanoseconds a tick. Measured once, for 20 ms: call it before the first fork.
inline double tick_length() noexcept {
  static double const length = [] {
    auto const begun = now();
    auto const first = ticks();
    while (now() - begun < 20'000'000) {
    }
    auto const last = ticks();
    return static_cast<double>(now() - begun) / static_cast<double>(last - first);
  }();
  return length;
}

}  // namespace bench
