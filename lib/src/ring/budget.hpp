// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "ring/ring.hpp"

namespace quoit::ring {

/// How many descriptors and places one call may still look at. Walks restart when others have gone around them, and
/// those who look are never so slow that this happens for laps on end; but a peer that writes at random could go on
/// with it for ever. Who has spent it has learned nothing: neither that the words are good, nor that they are not.
class budget {
 public:
  explicit budget(ring const& r) noexcept
      : left_(laps * r.geometry().records + (rounds + system_call) * r.geometry().slots + at_least) {}

  void spend(std::uint64_t looks) noexcept {
#ifdef QUOIT_STEPS
    looks_of_all.fetch_add(looks, std::memory_order_relaxed);
#endif
    left_ -= std::min(looks, left_);
  }
  bool is_spent() const noexcept { return left_ == 0; }

  /// What a question to the kernel, or a wake, is worth.
  static constexpr std::uint64_t system_call = 1000;

#ifdef QUOIT_STEPS
  /// What this process has spent ever.
  static inline std::atomic<std::uint64_t> looks_of_all{0};
#endif

 private:
  static constexpr std::uint64_t laps = 4;
  static constexpr std::uint64_t rounds = 64;
  static constexpr std::uint64_t at_least = 65'536;

  std::uint64_t left_;
};

}  // namespace quoit::ring
