// SPDX-License-Identifier: BSL-1.0
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bench {

/// Between two looks of one who polls.
inline void relax() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

}  // namespace bench
