// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

/// \file
/// The one store-load barrier of the library. ThreadSanitizer does not model fences, so there it becomes a
/// read-modify-write on one common word, which orders at least as much.

#if defined(__SANITIZE_THREAD__)
#define QUOIT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define QUOIT_TSAN 1
#endif
#endif

namespace quoit::sys {

inline void full_fence() noexcept {
#ifdef QUOIT_TSAN
  static std::atomic<int> common{0};
  common.fetch_add(1, std::memory_order_seq_cst);
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

}  // namespace quoit::sys
