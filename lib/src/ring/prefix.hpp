// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "segment/layout.hpp"

/// \file
/// The 16 bytes before each payload, read and written as atomics: a reader that has been overtaken may look while the
/// next lap is written over them. `at` is where the record starts, a multiple of 16.

namespace quoit::ring {

struct prefix_copy {
  std::uint32_t length;
  std::uint32_t tag;
  bool shrunk;
};

inline segment::prefix& prefix_at(std::byte* at) noexcept { return *reinterpret_cast<segment::prefix*>(at); }

inline std::atomic_ref<std::uint64_t> stamp_of(std::byte* at) noexcept {
  return std::atomic_ref<std::uint64_t>(prefix_at(at).stamp);
}

inline void write_prefix(std::byte* at, std::uint32_t length, std::uint32_t tag) noexcept {
  std::atomic_ref(prefix_at(at).length).store(length, std::memory_order_relaxed);
  std::atomic_ref(prefix_at(at).tag).store(tag, std::memory_order_relaxed);
}

inline prefix_copy read_prefix(std::byte* at) noexcept {
  auto const length = std::atomic_ref(prefix_at(at).length).load(std::memory_order_relaxed);
  auto const tag = std::atomic_ref(prefix_at(at).tag).load(std::memory_order_relaxed);
  return {length & ~segment::shrunk_flag, tag, (length & segment::shrunk_flag) != 0};
}

}  // namespace quoit::ring
