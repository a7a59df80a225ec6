// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "ring/prefix.hpp"
#include "ring/ring.hpp"

/// \file
/// How the records of a batch stand in the room that a publisher has for itself: one behind the other, with one
/// sequence number. Nobody looks at any of them before the stamp of the first one is there, which its producer stores.

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

  /// Where the payload of one more record goes; nullptr if it does not fit any more.
  std::byte* append(std::size_t size, std::uint32_t tag) noexcept {
    auto const extent = extent_of(*ring_, size);
    if (size >= extent_ || extent > extent_ - used_) return nullptr;
    auto* const at = at_ + used_;
    write_prefix(at, static_cast<std::uint32_t>(size), tag);
    // Made visible by the stamp of the first record, which its producer stores.
    if (messages_ > 0) stamp_of(at).store(stamp_at(used_) & ~segment::stamp_last, std::memory_order_relaxed);
    last_ = used_;
    last_length_ = static_cast<std::uint32_t>(size);
    last_tag_ = tag;
    used_ += extent;
    bytes_ += size;
    ++messages_;
    return at + segment::prefix_bytes;
  }

  /// The last record is the last one. If `whole`, all of the room stays with it, though it may need less.
  void finish(bool whole) noexcept {
    if (messages_ > 1) stamp_of(at_ + last_).store(stamp_at(last_), std::memory_order_relaxed);
    if (messages_ > 0 && whole && used_ < extent_) {
      write_prefix(at_ + last_, last_length_ | segment::shrunk_flag, last_tag_);
    }
  }

 private:
  std::uint64_t stamp_at(std::uint64_t offset) const noexcept { return ring_->stamp(sequence_, position_ + offset); }

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
