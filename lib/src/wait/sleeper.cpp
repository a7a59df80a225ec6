// SPDX-License-Identifier: BSL-1.0
#include "wait/sleeper.hpp"

#include <algorithm>
#include <cerrno>

namespace quoit::wait {

void sleeper_on_many::clear() noexcept {
  count_ = 0;
  wakers_ = wakers::fence;
}

bool sleeper_on_many::add(futex_word& word, wakers w) noexcept {
  if (count_ == most) return false;
  words_[count_++] = &word;
  if (w == wakers::are_fenced) wakers_ = w;
  return true;
}

bool sleeper_on_many::announce() noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    values_[i] = {reinterpret_cast<std::uint32_t*>(words_[i]), announce_sleeper(*words_[i])};
  }
  return fence_wakers(wakers_);
}

sleep_end sleeper_on_many::sleep(std::int64_t ns) noexcept {
  auto const time = sys::monotonic_now() + ns;
  timespec const until{time / 1'000'000'000, time % 1'000'000'000};
  if (sys::futex_wait_any(values_.data(), count_, &until) >= 0) return sleep_end::woken;
  if (errno != ENOSYS) return errno == ETIMEDOUT ? sleep_end::time_over : sleep_end::woken;
  sleep_on(*words_[0], values_[0].value, std::min(ns, nap_ns));
  return sleep_end::woken;  // for all that is known
}

}  // namespace quoit::wait
