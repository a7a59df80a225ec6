// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "quoit/options.hpp"
#include "quoit/status.hpp"
#include "system/deadline.hpp"
#include "wait/futex_word.hpp"
#include "wait/sleeper.hpp"

namespace quoit::wait {

/// What a wait consists of, for one role.
class condition {
 public:
  /// `timeout`: not yet. Anything else ends the wait. A thorough look sees all there is; the other may look only
  /// where the next thing is likely to appear first.
  virtual status look(bool thorough) noexcept = 0;

  /// Whether it is worth to look: what one who spins asks all the time, so it should touch one line only, and may miss
  /// what a thorough look sees.
  virtual bool glance() noexcept { return true; }

  /// Look for the dead. Called when nothing came and it has not been called for a slice of time.
  virtual void recover() noexcept = 0;

  /// Called before each sleep, to count it.
  virtual void sleeping() noexcept = 0;

  /// Called when a slice ran out and what was waited for was there: nobody woke us. Rare, and a fault if it is not.
  virtual void overslept() noexcept = 0;

 protected:
  ~condition() = default;
};

/// How one role waits. Belongs to its thread, but for interrupt().
class waiter {
 public:
  explicit waiter(wakers w) noexcept : wakers_(w) {}

  /// Waits on `word` until `c.look` answers, the time is over, or interrupt() is called.
  /// Sleeps are cut into slices: a peer can be killed between its change and its wake, so at the end of each slice the
  /// sleeper looks for itself, and for the dead. Nothing's correctness depends on the length of a slice.
  /// `busy` if a wait of this waiter is going on already: in another thread, against the rules.
  status wait(condition& c, futex_word& word, std::chrono::nanoseconds timeout, waiting how) noexcept {
    sleeper_on_one s(word, wakers_);
    return wait(c, s, timeout, how);
  }
  status wait(condition& c, sleeper& s, std::chrono::nanoseconds timeout, waiting how) noexcept;

  /// Whether a wait is going on.
  bool is_waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

  /// Async-signal-safe. `word` is the one that the role waits on.
  void interrupt(futex_word& word) noexcept;

  /// For calls that do not wait: if nothing came and it is time, looks for the dead, and then looks once more.
  status look_again(condition& c) noexcept;

  /// Takes an interrupt that came, if one did.
  bool take_interrupt() noexcept;

 private:
  status wait_alone(condition& c, sleeper& s, std::chrono::nanoseconds timeout, waiting how) noexcept;
  void fall_back() noexcept;
  status glance_for_a_while(condition& c) noexcept;
  status spin(condition& c, sys::deadline const& limit) noexcept;
  status poll(condition& c, sys::deadline const& limit) noexcept;

  wakers wakers_;
  std::atomic<bool> interrupted_{false};
  std::atomic<bool> waiting_{false};
  std::int64_t spin_ns_ = 20'000;
  int fall_back_ = 0;
  std::int64_t next_recovery_ = 0;  // the clock goes on between calls, however short their timeouts are
};

}  // namespace quoit::wait
