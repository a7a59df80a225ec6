// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "ring/prefix.hpp"
#include "ring/ring.hpp"

/// \file
/// How records stand in the room that a publisher has for itself: one, or a batch of several, one behind the other,
/// with one sequence number. Nobody looks at any of them before the stamp of the first one is there, which its producer
/// stores.

namespace quoit::ring {

/// Bytes of ring that a payload of this size takes.
inline std::uint64_t extent_of(ring const& r, std::size_t size) noexcept {
  auto const unit = r.geometry().alignment;
  return (size + segment::prefix_bytes + unit - 1) & ~(unit - 1);
}

class frame {
 public:
  frame() noexcept = default;

  /// Room of `extent` bytes at `at`, where record `sequence` starts, in the ring at `position`.
  frame(ring const& r, std::byte* at, std::uint64_t sequence, std::uint64_t position, std::uint64_t extent) noexcept
      : ring_(&r), at_(at), sequence_(sequence), position_(position), extent_(extent) {}

  std::uint64_t used() const noexcept { return used_; }
  std::size_t messages() const noexcept { return messages_; }
  std::size_t bytes() const noexcept { return bytes_; }

  /// The longest payload that still fits; with `fits` false not even an empty one does.
  bool fits(std::size_t size) const noexcept { return size < extent_ && extent_of(*ring_, size) <= extent_ - used_; }

  /// Where the payload of one more record goes. Requires: fits(size).
  std::byte* append(std::size_t size, std::uint32_t tag) noexcept {
    seal(0);
    last_ = used_;
    last_length_ = static_cast<std::uint32_t>(size);
    last_tag_ = tag;
    used_ += extent_of(*ring_, size);
    bytes_ += size;
    ++messages_;
    return at_ + last_ + segment::prefix_bytes;
  }

  /// The last record is the last one. If `whole`, all of the room stays with it, though it may need less.
  void finish(bool whole) noexcept {
    if (whole && used_ < extent_) last_length_ |= segment::shrunk_flag;
    seal(segment::stamp_last);
  }

 private:
  /// Writes the prefix of the last record, and its stamp unless it is the first.
  void seal(std::uint64_t last_bit) noexcept {
    if (messages_ == 0) return;
    write_prefix(at_ + last_, last_length_, last_tag_);
    if (messages_ == 1) return;
    auto const stamp = ring_->stamp(sequence_, position_ + last_) & ~(last_bit ^ segment::stamp_last);
    stamp_of(at_ + last_).store(stamp, std::memory_order_relaxed);  // made visible by that of the first record
  }

  ring const* ring_ = nullptr;
  std::byte* at_ = nullptr;
  std::uint64_t sequence_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t extent_ = 0;
  std::uint64_t used_ = 0;
  std::uint64_t last_ = 0;  // where the last record starts, from at_
  std::uint32_t last_length_ = 0;
  std::uint32_t last_tag_ = 0;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace quoit::ring
