// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace cli {

/// From one thread to another through one of these, each message copied in and out.
enum class way { pipe, socket, quoit };

struct measured {
  double messages_a_second = 0;
  double bytes_a_second = 0;
};

/// As many messages of this size as go through in that time.
measured measure_flow(way through, std::size_t size, std::chrono::nanoseconds time);

/// The times of round trips of 64 bytes, sorted.
std::vector<std::chrono::nanoseconds> measure_round_trips(way through, std::size_t count);

}  // namespace cli
