// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "clock.hpp"

namespace example {

/// Turns SIGINT and SIGTERM into the end of whatever the program waits in, be it a sleep or a role of a channel.
///
/// Nothing is blocked and nothing is polled: the handler sets a flag, makes a descriptor readable that
/// `sleep_until` watches, and calls `interrupt()` of the role that an `interrupt_guard` names. So a signal that comes
/// just before a wait ends that wait as well.
///
/// One object a process, in a program of one thread; the old handlers are back after it.
class signals {
 public:
  signals();
  ~signals();
  signals(signals const&) = delete;
  signals& operator=(signals const&) = delete;

  /// Lets a change of the terminal's size end a wait, too.
  void watch_resize();

  /// Whether the program was asked to stop.
  bool stop() const noexcept;

  /// Whether the terminal has another size since the last call.
  bool take_resize() noexcept;

  /// Returns at that time, or at once when the program is asked to stop.
  void sleep_until(clock::time_point when) const noexcept;
};

/// While it lives, a signal interrupts `role`, any role of a channel. One at a time; declare it behind the role, so
/// that it goes first.
class interrupt_guard {
 public:
  template <class Role>
  explicit interrupt_guard(Role& role) noexcept
      : role_(&role), interrupt_([](void* r) { static_cast<Role*>(r)->interrupt(); }) {
    enter();
  }
  ~interrupt_guard();
  interrupt_guard(interrupt_guard const&) = delete;
  interrupt_guard& operator=(interrupt_guard const&) = delete;

  void interrupt() const noexcept { interrupt_(role_); }

 private:
  void enter() noexcept;

  void* role_;
  void (*interrupt_)(void*);
};

}  // namespace example
