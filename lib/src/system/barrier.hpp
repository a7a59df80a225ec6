// SPDX-License-Identifier: BSL-1.0
#pragma once

/// \file
/// One full fence for all processes that joined, issued by one of them: membarrier(2), global and expedited. Who joined
/// and is not running has passed a full fence when it was taken off its core. So of two sides that each "store, then
/// look at the other's word" only one needs to issue something; the other one needs the compiler to keep its order.

namespace quoit::sys {

/// Whether the kernel has it and permits it.
bool has_barrier() noexcept;

/// Makes this process one of those that are fenced. Idempotent, and cheap but for the first time. False: refused.
bool join_barrier() noexcept;

/// Fences all that joined, and the caller. False: refused, and nobody is fenced.
bool fence_all() noexcept;

}  // namespace quoit::sys
