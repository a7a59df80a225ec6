// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

namespace bench {

/// Where the processes of a measurement run.
enum class placement {
  pinned,    ///< Process i on the i-th core that we may use, from the first again if need be.
  unpinned,  ///< Wherever the scheduler puts them.
};

inline char const* to_string(placement p) noexcept { return p == placement::pinned ? "pinned" : "unpinned"; }

/// The cores that this program may run on.
std::vector<int> const& cores();

/// Keeps the calling process on core `index` of those, modulo their number.
void pin_to(std::size_t index);

}  // namespace bench
