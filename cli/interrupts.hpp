// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

namespace cli {

/// Turns SIGINT, SIGTERM and SIGHUP into the end of whatever the program waits in: a sleep, or a role of a channel.
/// SIGPIPE is ignored: who writes learns it by EPIPE. One object a process.
class interrupts {
 public:
  interrupts();
  ~interrupts();
  interrupts(interrupts const&) = delete;
  interrupts& operator=(interrupts const&) = delete;

  /// Lets a change of the terminal's size end a wait, too.
  void watch_resize();

  bool stopped() const noexcept;

  /// Whether the terminal has another size since the last call.
  bool take_resize() noexcept;

  /// Returns after that time, or earlier: when the program is asked to stop, the terminal has another size, or (unless
  /// it is -1) this descriptor can be read, which the answer tells.
  bool sleep(std::chrono::nanoseconds time, int or_readable = -1) const noexcept;
};

/// While it lives, a signal interrupts `role`. One at a time; declare it behind the role, so that it goes first.
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

}  // namespace cli
