// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <limits>

namespace cli {

/// From `before` to `after`, ns; 0 if that is the wrong way round. Either may be anything: a peer may have written it.
inline std::int64_t elapsed(std::int64_t before, std::int64_t after) noexcept {
  std::int64_t d = 0;
  if (after <= before) return 0;
  return __builtin_sub_overflow(after, before, &d) ? std::numeric_limits<std::int64_t>::max() : d;
}

}  // namespace cli
