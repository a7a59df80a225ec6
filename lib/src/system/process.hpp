// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

/// \file
/// What the kernel tells of this process. For people and for cross-checks; liveness is never told by it.

namespace quoit::sys {

/// When this process started, in clock ticks since boot; 0 if unknown. Tells it from a later one of the same pid.
std::uint64_t own_start_time() noexcept;

/// The inode of this process's pid namespace; 0 if unknown.
std::uint64_t own_pid_namespace() noexcept;

/// The same of its IPC namespace.
std::uint64_t own_ipc_namespace() noexcept;

/// The name of the program, as the kernel keeps it (15 bytes).
std::string program_name();

}  // namespace quoit::sys
