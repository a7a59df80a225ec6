// SPDX-License-Identifier: BSL-1.0
#include "wait/futex_word.hpp"

#include <cerrno>

#include "system/barrier.hpp"
#include "system/calls.hpp"
#include "system/fence.hpp"
#include "system/step.hpp"

namespace quoit::wait {

namespace {

constexpr std::uint32_t waiters = 1;
constexpr std::uint32_t one_epoch = 2;

std::uint32_t* plain(futex_word& word) noexcept {
  static_assert(sizeof(futex_word) == sizeof(std::uint32_t));
  return reinterpret_cast<std::uint32_t*>(&word);
}

}  // namespace

std::uint32_t announce_sleeper(futex_word& word) noexcept {
  // SYNC: wake_unasked -> announce_sleeper. What was stored before an unasked wake is seen.
  auto const value = word.fetch_or(waiters, std::memory_order_acquire) | waiters;
  QUOIT_STEP(sleeper_announced);
  sys::full_fence();
  return value;
}

bool fence_wakers(wakers w) noexcept { return w == wakers::fence || sys::fence_all(); }

sleep_end sleep_on(futex_word& word, std::uint32_t value, std::int64_t ns) noexcept {
  timespec const limit{ns / 1'000'000'000, ns % 1'000'000'000};
  if (sys::futex_wait(plain(word), value, &limit) == 0) return sleep_end::woken;
  return errno == ETIMEDOUT ? sleep_end::time_over : sleep_end::woken;  // EAGAIN: changed. EINTR: look and go on.
}

void wake_all(futex_word& word) noexcept {
  auto value = word.load(std::memory_order_relaxed);
  // Every failed exchange means that another waker has cleared the bit, or a sleeper has set it. A peer that writes
  // at random could go on with that for ever; a wake without a change then costs its victim at most a slice.
  for (int tries = 0; tries < 16; ++tries) {
    if ((value & waiters) == 0) return;
    auto const next = (value & ~waiters) + one_epoch;
    if (word.compare_exchange_weak(value, next, std::memory_order_relaxed)) break;
  }
  QUOIT_STEP(wake_cleared);
  sys::futex_wake_all(plain(word));
}

void wake_unasked(futex_word& word) noexcept {
  word.fetch_add(one_epoch, std::memory_order_release);  // SYNC: wake_unasked -> announce_sleeper
  sys::futex_wake_all(plain(word));
}

}  // namespace quoit::wait
