// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "ring/ring.hpp"

/// \file
/// How far a publisher may go. From m, the smaller of the floor and the cursors of the living reliable subscribers:
/// record i may be written if i - m <= D - 2 and it ends at most N bytes behind the end of record m - 1.
///
/// Both bounds come from the same m and are replaced together. The descriptor of m - 1 is the last one that must
/// stay, hence D - 2; and if m is so old that its descriptor belongs to a later lap already, the first bound
/// permits nothing, so that the second one, which is wrong then, does not matter.

namespace quoit::ring {

struct limit {
  std::uint64_t sequence = 0;  ///< The last number that may be used.
  std::uint64_t position = 0;  ///< Where the last byte must end.

  bool allows(std::uint64_t record, std::uint64_t record_end) const noexcept {
    return record <= sequence && record_end <= position;
  }
};

/// The smallest cursor of a living reliable subscriber, but at most `most`.
std::uint64_t smallest_cursor(ring const& r, std::uint64_t most) noexcept;

/// Both bounds for this m.
limit limit_from(ring const& r, std::uint64_t m) noexcept;

}  // namespace quoit::ring
