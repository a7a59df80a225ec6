// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "quoit/export.hpp"
#include "quoit/options.hpp"
#include "quoit/status.hpp"

namespace quoit {

class stream_reader;
class subscriber;

namespace detail {
class wait_set_core;
}

/// A member of a wait set that has something.
struct ready_member {
  std::uint64_t key = 0;  ///< What it was added with.
  /// ok: the next `try_receive` or `try_data` answers something (now and then it is a discarded record, and the answer
  /// `timeout` all the same). detached: it was closed or destroyed, and is no member any more.
  quoit::status status = quoit::status::detached;
};

/// What a wait on a set came to. With ok, at least one member is ready.
struct wait_result {
  quoit::status status = quoit::status::detached;
  std::span<ready_member const> ready{};  ///< Valid until the next call of this set.
  explicit operator bool() const noexcept { return status == quoit::status::ok; }
};

/// Waits for any of several subscribers and readers at once: asleep, for any number of channels.
///
/// ```cpp
/// quoit::wait_set set;
/// set.add(camera, 1);
/// set.add(lidar, 2);
/// while (auto const woken = set.wait()) {
///   for (auto const& r : woken.ready) handle(r.key);  // try_receive() until it answers timeout
/// }
/// ```
///
/// **Threads.** It belongs to the thread of its members; only `interrupt()` may be called from elsewhere. It reads
/// nothing from them: a member that is not drained is ready again at once.
/// **Lifetime.** Members need not outlive it: one that is gone is told once, as `detached`. A member may be moved, and
/// may be in several sets.
/// **How many.** One futex call sleeps on 127 channels. What is beyond that is watched by threads of the library, as
/// for `subscriber::event_fd`, one for every 127 members.
/// **Fork.** In the child it answers `forked`.
class QUOIT_API wait_set {
 public:
  /// Throws std::bad_alloc, as `add`.
  wait_set();
  wait_set(wait_set&&) noexcept;
  wait_set& operator=(wait_set&&) noexcept;
  ~wait_set();

  /// Throws `quoit::error`: `errc::detached` for one that is closed, `errc::bad_options` if the key is in use,
  /// `errc::forked`; and if a thread is needed and cannot be started.
  void add(subscriber& member, std::uint64_t key);
  void add(stream_reader& member, std::uint64_t key);

  /// False: there is no such member.
  bool remove(std::uint64_t key) noexcept;

  std::size_t size() const noexcept;

  /// Waits until a member is ready, at most for `timeout`. Answers: ok, timeout, interrupted, detached (there are no
  /// members, so that it would wait for ever), busy (another thread waits here), forked.
  wait_result wait(std::chrono::nanoseconds timeout = forever, waiting how = waiting::spin) noexcept;

  /// Ends the wait that is going on, or else the next one, with `interrupted`. Async-signal-safe, any thread; but not
  /// while this object is moved or destroyed.
  void interrupt() noexcept;

 private:
  std::unique_ptr<detail::wait_set_core> core_;
};

}  // namespace quoit
