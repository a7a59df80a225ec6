// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quoit/observer.hpp"
#include "ring/prefix.hpp"
#include "ring/ring.hpp"

/// \file
/// Reading what is kept without taking part: as a lossy subscriber does, by a seqlock over the floor, but by the
/// descriptors alone, and with a copy of each record before it is looked at.

namespace quoit::ring {

class replay {
 public:
  /// Goes from record `first` to before record `last`. `data`: the ring, mapped twice.
  replay(ring const& r, std::byte* data, std::uint64_t first, std::uint64_t last) noexcept
      : ring_(&r), data_(data), sequence_(first), last_(last) {}

  /// The next record, copied to `copy`. ok; lost: numbers were written over, lost() says how many; timeout: there is no
  /// more, or delivery is held up; corrupt. Throws what a vector throws that cannot grow.
  status next(observed_record& record, std::vector<std::byte>& copy);

  /// The number of the next record, and whether that one begins (or is within a batch).
  std::uint64_t sequence() const noexcept { return sequence_; }
  bool is_at_start() const noexcept { return index_ == 0; }
  std::uint64_t lost() const noexcept { return lost_; }

 private:
  status find() noexcept;
  status lose() noexcept;

  ring const* ring_;
  std::byte* data_;
  std::uint64_t sequence_;
  std::uint64_t last_;
  std::uint64_t position_ = 0;
  std::uint64_t batch_start_ = 0;
  std::uint32_t index_ = 0;
  std::uint64_t lost_ = 0;
};

/// Copies the last bytes of a stream, at most `most`. Returns where the first of them stands.
std::uint64_t copy_last(ring const& r, std::byte const* data, std::size_t most, std::vector<std::byte>& into);

}  // namespace quoit::ring
