// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

/// \file
/// Sizes in bytes, with binary prefixes: `64_MiB` after `using namespace quoit::literals`.
///
/// All sizes in Quoit's interfaces are bytes in a `std::uint64_t`, all durations `std::chrono` types of nanosecond
/// resolution, all times nanoseconds of CLOCK_MONOTONIC unless a name says otherwise.

namespace quoit::inline literals {

constexpr std::uint64_t operator""_KiB(unsigned long long n) noexcept { return n << 10U; }
constexpr std::uint64_t operator""_MiB(unsigned long long n) noexcept { return n << 20U; }
constexpr std::uint64_t operator""_GiB(unsigned long long n) noexcept { return n << 30U; }

}  // namespace quoit::inline literals
