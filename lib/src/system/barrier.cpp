// SPDX-License-Identifier: BSL-1.0
#include "system/barrier.hpp"

#include <linux/membarrier.h>

#include "system/calls.hpp"

namespace quoit::sys {

bool has_barrier() noexcept {
  constexpr int both = MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED;
  int const commands = membarrier(MEMBARRIER_CMD_QUERY);
  return commands >= 0 && (commands & both) == both;
}

bool join_barrier() noexcept { return membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) == 0; }

bool fence_all() noexcept { return membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED) == 0; }

}  // namespace quoit::sys
