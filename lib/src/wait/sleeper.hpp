// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>

#include "system/calls.hpp"
#include "wait/futex_word.hpp"

/// \file
/// Where a waiter sleeps: on one shared word, or on several at once.

namespace quoit::wait {

class sleeper {
 public:
  /// Says on each word that somebody sleeps. The waiter looks for news after it, and then sleeps. False: one who wakes
  /// may not hear of it, so that only a short nap is safe.
  virtual bool announce() noexcept = 0;

  /// Until one of the words has changed since it was announced, or is woken; at most `ns` nanoseconds.
  virtual sleep_end sleep(std::int64_t ns) noexcept = 0;

 protected:
  ~sleeper() = default;
};

class sleeper_on_one final : public sleeper {
 public:
  sleeper_on_one(futex_word& word, wakers w) noexcept : word_(&word), wakers_(w) {}

  bool announce() noexcept override {
    value_ = announce_sleeper(*word_);
    return fence_wakers(wakers_);
  }
  sleep_end sleep(std::int64_t ns) noexcept override { return sleep_on(*word_, value_, ns); }

 private:
  futex_word* word_;
  wakers wakers_;
  std::uint32_t value_ = 0;
};

/// On as many words as the kernel takes at once (Linux 5.16; before, it naps).
class sleeper_on_many final : public sleeper {
 public:
  static constexpr std::size_t most = sys::most_futexes;

  /// Forgets all words.
  void clear() noexcept;
  /// False: there is no more room.
  bool add(futex_word& word, wakers w) noexcept;

  bool announce() noexcept override;
  sleep_end sleep(std::int64_t ns) noexcept override;

 private:
  std::array<futex_word*, most> words_{};
  std::array<sys::futex_value, most> values_{};
  std::size_t count_ = 0;
  wakers wakers_ = wakers::fence;  // are_fenced if that is so for one of the words
};

}  // namespace quoit::wait
