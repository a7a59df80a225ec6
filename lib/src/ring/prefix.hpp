// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "segment/layout.hpp"
#include "system/fence.hpp"

#ifdef QUOIT_TSAN
#include <sanitizer/tsan_interface.h>
#endif

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

/// The stamp, for one who may come too late: the place may be in the midst of another record by now, and its publisher
/// writes there in plain stores. What is found then is thrown away, as the descriptor is of another lap.
#ifdef QUOIT_TSAN
// ThreadSanitizer would take it for a race. The order that comes with a stamp is kept.
__attribute__((noinline, no_sanitize("thread"))) inline std::uint64_t late_stamp(std::byte* at) noexcept {
  std::uint64_t const stamp = const_cast<std::uint64_t const volatile&>(prefix_at(at).stamp);
  ::__tsan_acquire(at + offsetof(segment::prefix, stamp));
  return stamp;
}
#else
inline std::uint64_t late_stamp(std::byte* at) noexcept { return stamp_of(at).load(std::memory_order_acquire); }
#endif

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
