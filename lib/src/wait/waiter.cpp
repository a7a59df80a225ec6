// SPDX-License-Identifier: BSL-1.0
#include "wait/waiter.hpp"

#include <algorithm>

#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace quoit::wait {

namespace {

constexpr std::int64_t slice_ns = 100'000'000;  // an idle sleeper wakes ten times a second
constexpr std::int64_t shortest_spin_ns = 1'000;
constexpr std::int64_t longest_spin_ns = 50'000;
constexpr int glances_between_looks = 32;
constexpr int at_once = 4;  // glances
constexpr int longest_fall_back = 24;

void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

bool single_core() noexcept {
  static bool const single = ::sysconf(_SC_NPROCESSORS_ONLN) < 2;
  return single;
}

}  // namespace

void waiter::interrupt(futex_word& word) noexcept {
  interrupted_.store(true, std::memory_order_relaxed);
  wake_unasked(word);  // SYNC: wake_unasked -> announce_sleeper, for the flag
}

bool waiter::take_interrupt() noexcept {
  return interrupted_.load(std::memory_order_relaxed) && interrupted_.exchange(false, std::memory_order_relaxed);
}

status waiter::look_again(condition& c) noexcept {
  auto const now = sys::monotonic_now();
  if (now < next_recovery_) return status::timeout;
  next_recovery_ = now + slice_ns;
  c.recover();
  return c.look(true);
}

status waiter::wait(condition& c, sleeper& sleeper, std::chrono::nanoseconds timeout, waiting how) noexcept {
  // No read-modify-write: this finds a mistake, it does not make two threads take turns.
  if (is_waiting()) return status::busy;
  waiting_.store(true, std::memory_order_relaxed);
  auto const s = wait_alone(c, sleeper, timeout, how);
  waiting_.store(false, std::memory_order_relaxed);
  return s;
}

status waiter::wait_alone(condition& c, sleeper& sleeper, std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (take_interrupt()) return status::interrupted;
  bool const spins = how != waiting::sleep && (how == waiting::poll || !single_core());
  // Who follows close behind its peer finds the next thing soon: neither the clock nor other lines are looked at.
  if (spins && timeout > std::chrono::nanoseconds::zero()) {
    if (how == waiting::spin) fall_back();
    if (auto const s = glance_for_a_while(c); s != status::timeout) return s;
  }
  if (auto const s = c.look(true); s != status::timeout) return s;
  sys::deadline const limit(timeout);
  if (how == waiting::poll) return poll(c, limit);
  if (spins) {
    if (auto const s = spin(c, limit); s != status::timeout) return s;
  }
  for (;;) {
    if (auto const s = look_again(c); s != status::timeout) return s;
    if (limit.is_over()) return c.look(true);
    auto const longest = sleeper.announce() ? slice_ns : nap_ns;
    if (take_interrupt()) return status::interrupted;
    if (auto const s = c.look(true); s != status::timeout) return s;
    c.sleeping();
    auto const end = sleeper.sleep(limit.left(longest));
    if (take_interrupt()) return status::interrupted;
    if (auto const s = c.look(true); s != status::timeout) {
      if (end == sleep_end::time_over && longest == slice_ns) c.overslept();
      return s;
    }
  }
}

void waiter::fall_back() noexcept {
  for (int i = 0; i < fall_back_; ++i) relax();
}

status waiter::glance_for_a_while(condition& c) noexcept {
  for (int i = 0; i < glances_between_looks; ++i) {
    relax();
    if (!c.glance()) continue;
    if (auto const s = c.look(false); s != status::timeout) {
      fall_back_ = i < at_once ? std::min(fall_back_ + 1, longest_fall_back) : fall_back_ / 2;
      return s;
    }
  }
  fall_back_ = 0;
  return status::timeout;
}

status waiter::spin(condition& c, sys::deadline const& limit) noexcept {
  auto const budget = limit.left(spin_ns_);
  if (budget == 0) return status::timeout;
  auto const end = sys::monotonic_now() + budget;
  do {
    auto s = glance_for_a_while(c);
    if (s == status::timeout) s = c.look(true);
    if (s != status::timeout) {
      spin_ns_ = std::min(spin_ns_ * 2, longest_spin_ns);
      return s;
    }
  } while (sys::monotonic_now() < end && !interrupted_.load(std::memory_order_relaxed));
  // It did not help: fewer cores than spinners, or a slow peer. (A wait that was cut short says nothing of that.)
  if (budget == spin_ns_ && !interrupted_.load(std::memory_order_relaxed)) {
    spin_ns_ = std::max(spin_ns_ / 2, shortest_spin_ns);
  }
  return status::timeout;
}

status waiter::poll(condition& c, sys::deadline const& limit) noexcept {
  for (;;) {
    if (auto const s = glance_for_a_while(c); s != status::timeout) return s;
    if (auto const s = c.look(true); s != status::timeout) return s;
    if (take_interrupt()) return status::interrupted;
    if (auto const s = look_again(c); s != status::timeout) return s;
    if (limit.is_over()) return c.look(true);
  }
}

}  // namespace quoit::wait
