// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

/// \file
/// What the machine, the control group and the process may still use, asked before memory is taken: a memfd has no
/// quota, so taking too much wakes the OOM killer instead of failing, and beyond RLIMIT_FSIZE the kernel kills.

namespace quoit::sys {

struct memory_limit {
  std::uint64_t available = ~std::uint64_t{0};  ///< Bytes.
  std::string what;                             ///< Which limit it is: "MemAvailable", a cgroup's file, ...
};

/// The tightest limit on new shared memory. `root` is prepended to every path: "" but in tests.
memory_limit available_memory(std::string const& root = {});

/// Throws `errc::no_memory` if `shared` bytes of new objects (the largest of `largest` bytes) and `mapped` bytes of
/// address space are more than is allowed.
void require_memory(std::uint64_t shared, std::uint64_t largest, std::uint64_t mapped);

}  // namespace quoit::sys
