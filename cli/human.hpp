// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

/// \file
/// Numbers as people write and read them.

namespace cli {

/// "64 MiB", "1.5 KiB", "17 B": three digits, powers of 1024.
std::string as_bytes(std::uint64_t n);
std::string as_bytes(double n);

/// "12.3 M", "950": three digits, powers of 1000.
std::string as_count(double n);

/// "3.2 ms", "4 min": the largest unit that leaves something before the point.
std::string as_time(std::chrono::nanoseconds t);

/// A share of a whole: "37%".
std::string as_share(std::uint64_t part, std::uint64_t whole);

/// "64M", "64MiB", "4k", "123": powers of 1024. Throws std::invalid_argument, as the next three.
std::uint64_t parse_bytes(std::string const& text);

/// "200ms", "1.5s", "2m", "1h"; without a unit: seconds.
std::chrono::nanoseconds parse_time(std::string const& text);
/// The same, but not 0: a program that repeats something would do nothing else.
std::chrono::nanoseconds parse_interval(std::string const& text);

/// "1000", "2.5k", "1M" a second; powers of 1000.
double parse_rate(std::string const& text);

}  // namespace cli
