// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <utility>

namespace quoit::mirror {

/// To what multiple mirrored memory of this size is best placed: a page, or what System V wants, or a huge page.
std::size_t alignment_for(std::size_t size);

/// A range of address space that nothing else can be mapped into: PROT_NONE, private, without swap. Objects are
/// mapped over it piece by piece with MAP_FIXED; `hand_over` then says which front part belongs to them. Unmapping
/// and mapping anew instead would leave a hole that another thread's mapping could fall into.
class address_range {
 public:
  /// Reserves `size` bytes at a multiple of `alignment` (a power of two, at least a page). Throws `quoit::error`.
  address_range(std::size_t size, std::size_t alignment);
  address_range(address_range&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  address_range& operator=(address_range&&) = delete;
  ~address_range();

  std::byte* base() const noexcept { return base_; }
  std::size_t size() const noexcept { return size_; }

  /// The first `bytes` are somebody else's from now on: the destructor leaves them alone.
  void hand_over(std::size_t bytes) noexcept;

 private:
  std::byte* base_;
  std::size_t size_;
};

}  // namespace quoit::mirror
