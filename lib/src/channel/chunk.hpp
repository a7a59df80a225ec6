// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>

namespace quoit::detail {

/// How many bytes to move at a time when a stream is copied: little enough that both sides of the ring work at once
/// and a piece is still in the cache when the other side takes it, enough that the calls for each piece cost nothing.
inline std::size_t chunk_of(std::size_t capacity) noexcept {
  return std::clamp<std::size_t>(capacity / 4, 1, 256 * 1024);
}

}  // namespace quoit::detail
