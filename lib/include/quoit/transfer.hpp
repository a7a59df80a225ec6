// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <limits>

#include "quoit/status.hpp"

namespace quoit {

/// As many bytes as there are: up to the end of a file, of a writer's time, or of the timeout.
inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

/// What a copy of bytes came to: how many were moved, and why it stopped. The count is true whatever the status is:
/// so many bytes have left the one side and arrived at the other, and nothing is lost.
struct transfer {
  quoit::status status = quoit::status::detached;
  std::size_t count = 0;  ///< Bytes.
  int error = 0;          ///< errno where the status is `failed`, else 0.

  /// Whether all that was asked for was moved.
  explicit operator bool() const noexcept { return status == quoit::status::ok; }
};

}  // namespace quoit
