// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace cli {

/// The name of the program that this process runs; empty if it has gone, or is another one by now than the one that
/// began at that time (in clock ticks since boot; 0: whichever).
std::string command_of(pid_t pid, std::uint64_t start_time = 0);

}  // namespace cli
