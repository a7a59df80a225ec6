// SPDX-License-Identifier: BSL-1.0
#include "mirror/address_range.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <sys/mman.h>
#include <sys/shm.h>

#include <fmt/format.h>

#include "system/calls.hpp"
#include "system/fail.hpp"
#include "system/page.hpp"

namespace quoit::mirror {

std::size_t alignment_for(std::size_t size) {
  constexpr std::size_t huge_page = std::size_t{2} << 20U;
  auto const attach = static_cast<std::size_t>(SHMLBA);  // caches indexed by virtual address want it on some machines
  auto const least = std::max(sys::page_size(), attach);
  return size % huge_page == 0 ? std::max(least, huge_page) : least;
}

address_range::address_range(std::size_t size, std::size_t alignment) : base_(nullptr), size_(size) {
  auto const slack = alignment - sys::page_size();
  error_facts facts{.doing = "reserve address space", .expected = fmt::format("{} bytes in one piece", size)};
  if (size > std::numeric_limits<std::size_t>::max() - slack) fail_errno(ENOMEM, std::move(facts));
  void* const raw = sys::map_anonymous(nullptr, size + slack, PROT_NONE, MAP_NORESERVE);
  if (raw == MAP_FAILED) fail_errno(std::move(facts));
  auto const begin = reinterpret_cast<std::uintptr_t>(raw);
  auto const front = sys::align_up(begin, alignment) - begin;
  base_ = static_cast<std::byte*>(raw) + front;
  if (front > 0) sys::unmap(raw, front);
  if (slack > front) sys::unmap(base_ + size, slack - front);
}

address_range::~address_range() {
  if (size_ > 0) sys::unmap(base_, size_);
}

void address_range::hand_over(std::size_t bytes) noexcept {
  base_ += bytes;
  size_ -= bytes;
}

}  // namespace quoit::mirror
