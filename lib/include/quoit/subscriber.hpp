// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "quoit/export.hpp"
#include "quoit/message.hpp"
#include "quoit/options.hpp"
#include "quoit/status.hpp"

namespace quoit {

class channel;

namespace detail {
class subscriber_core;
}

/// What a poll did: how many messages it handed over, and why it stopped (`ok`: it has handed over all that was
/// there).
struct poll_result {
  quoit::status status = quoit::status::detached;
  std::size_t count = 0;
};

/// A reliable subscriber: it gets every message from its start on, exactly once, in order, whoever dies.
/// Obtained from `channel::subscriber()`.
///
/// **Threads.** One thread at a time, its views included; only `interrupt()` may be called from another thread or a
/// signal handler. Another thread takes a subscriber of its own.
/// **Holding up.** The publisher cannot go beyond the oldest view that is out. A subscriber that is not wanted any
/// more should be closed; one that dies no longer counts, at once.
/// **Ends.** `closed` and `died` come once for each publisher that went, after all its messages. They end nothing:
/// call again to go on with the next publisher. At least the last 16 ends are remembered.
/// **Fork.** In the child it answers `forked`, and its destructor does nothing.
class QUOIT_API subscriber {
 public:
  subscriber() noexcept = default;
  subscriber(subscriber&& other) noexcept;
  subscriber& operator=(subscriber&& other) noexcept;
  ~subscriber();

  /// The next message. Waits for it, at most for `timeout`. Answers: ok, timeout, closed, died, retired,
  /// interrupted, too_many, evicted, detached, forked, corrupt.
  /// No system call and no allocation as long as it need not wait and nobody waits for it.
  message receive(std::chrono::nanoseconds timeout = forever, waiting how = waiting::spin) noexcept;

  /// The same without waiting: `timeout` if there is nothing now.
  message try_receive() noexcept;

  /// Hands all messages that are there now to `fn(message const&)`, in order, and releases them as it goes; it does
  /// not wait. The place that holds the publisher up is moved on at most every eighth of the ring, so this is the
  /// cheapest way to read many small messages. The view is valid during the call only.
  /// If `fn` throws, that message counts as read, and the exception goes on to the caller.
  /// Answers ok, or the first of closed, died, retired, evicted, detached, forked, corrupt that it met before the head
  /// of the moment of the call; busy if `fn` itself polls.
  template <class F>
  poll_result poll(F&& fn) {
    using function = std::remove_reference_t<F>;
    return poll_with([](void* context, message const& m) { (*static_cast<function*>(context))(m); },
                     const_cast<void*>(static_cast<void const*>(std::addressof(fn))));
  }

  /// How many messages are published but not yet released by this subscriber.
  std::uint64_t lag() const noexcept;

  /// The sequence number that the next message will have.
  std::uint64_t position() const noexcept;

  /// Whether the channel was removed or replaced under its name.
  bool retired() const noexcept;

  /// Ends the wait that is going on, or else the next one, with `interrupted`. Async-signal-safe, any thread; but not
  /// while this object is moved, closed or destroyed.
  void interrupt() noexcept;

  /// Ends the role. Views that are out stay valid, and hold the place until they are released. Idempotent.
  void close() noexcept;

  explicit operator bool() const noexcept { return core_ != nullptr; }

 private:
  friend class channel;
  explicit subscriber(detail::subscriber_core* core) noexcept : core_(core) {}

  poll_result poll_with(void (*call)(void*, message const&), void* context);

  detail::subscriber_core* core_ = nullptr;
};

}  // namespace quoit
