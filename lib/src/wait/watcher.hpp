// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "system/calls.hpp"
#include "wait/futex_word.hpp"

/// \file
/// Threads of the library that sleep in the place of event loops and of waits for very many things. Publishers know
/// nothing of it: to them a watcher is one more sleeper on the channel's word.
///
///     armed        the watcher announces itself on the word, fences, looks for news, and sleeps
///     news         it fires, once, and the watch is disarmed; until the next arming it costs nothing
///     slice over   it looks for the dead, and for news that nobody could tell any more
///
/// The look comes after the announcement, and both come after the arming. So whatever came before the arming, or comes
/// after it, is seen by that look, or by a waker who sees the announcement.
///
/// The threads are started when they are needed, one for every 127 watches, have all signals blocked, and never end. A
/// fork child has none of them, and starts its own if it needs any.

namespace quoit::wait {

class watcher;

/// What is watched: the condition of one subscriber. All but the constructor is called with the watcher's lock held,
/// which also guards whatever the functions of a derived class use.
class watched {
 public:
  virtual futex_word& word() const noexcept = 0;
  virtual wakers who_wakes() const noexcept = 0;

  /// Whether there is something now. Must not be false for ever after something came.
  virtual bool has_news() noexcept = 0;

  /// Looks for the dead; true if that is news.
  virtual bool recover() noexcept = 0;

  /// The slice ran out, and there was something: nobody woke the watcher. Rare, and a fault if it is not.
  virtual void overslept() noexcept = 0;

  /// Tells. Called once for each arming, at most.
  virtual void fire() noexcept = 0;

 protected:
  watched() = default;
  ~watched() = default;

 private:
  friend class watcher;
  friend class watch;
  bool armed_ = false;
};

/// One `watched` that is known to a watcher, as long as this lives. Afterwards none of its functions is being called.
class watch {
 public:
  /// Throws `quoit::error` if no thread can be started.
  explicit watch(watched& what);
  watch(watch const&) = delete;
  watch& operator=(watch const&) = delete;
  ~watch();

  /// Runs `prepare`, with the lock held; arms if it answers true, else disarms.
  template <class F>
  void arm(F&& prepare) noexcept {
    bool armed = false;
    {
      auto const lock = hold();
      armed = prepare();
      set_armed(armed);
    }
    if (armed) kick();
  }

  /// Whether it was armed and has not fired yet.
  bool is_armed() const noexcept;

 private:
  std::unique_lock<std::mutex> hold() const noexcept;
  void set_armed(bool armed) noexcept;
  void kick() noexcept;

  watcher* home_;
  watched* what_;
};

}  // namespace quoit::wait
