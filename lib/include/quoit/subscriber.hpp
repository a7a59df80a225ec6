// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
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

/// What a copying receive came to.
struct received {
  quoit::status status = quoit::status::detached;
  std::size_t size = 0;  ///< Bytes of the message; with `too_big`, so many are needed.
  std::uint64_t sequence = 0;
  std::int64_t time = 0;
  std::uint32_t index = 0;
  std::uint32_t tag = 0;
  explicit operator bool() const noexcept { return status == quoit::status::ok; }
};

/// What `read(fn)` came to: with ok, fn was called; use what it found only if that was whole.
struct read_result {
  quoit::status status = quoit::status::detached;
  bool whole = false;
  explicit operator bool() const noexcept { return status == quoit::status::ok && whole; }
};

/// A subscriber. A reliable one gets every message from its start on, exactly once, in order, whoever dies. A lossy one
/// costs publishers nothing and is never waited for; each message is either whole or told as lost.
/// Obtained from `channel::subscriber()`.
///
/// **Reading without being waited for.** A lossy subscriber has three ways: `receive_into` copies, and never hands out
/// anything torn; `read(fn)` says afterwards whether what fn saw was whole; a view from `receive` says so by `whole()`.
/// **Threads.** One thread at a time, its views included; only `interrupt()` may be called from another thread or a
/// signal handler. Another thread takes a subscriber of its own. A second thread that calls while one waits gets
/// `busy`.
/// **Holding up.** Publishers cannot go beyond the oldest view of a reliable subscriber. One that is not wanted any
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

  /// The next message. Waits for it, at most for `timeout`. Answers: ok, timeout, closed, died, lost (`last_loss()`
  /// says what; the next call goes on behind it), retired, interrupted, too_many, evicted, busy, detached, forked,
  /// corrupt.
  /// No system call and no allocation as long as it need not wait and nobody waits for it.
  message receive(std::chrono::nanoseconds timeout = forever, waiting how = waiting::spin) noexcept;

  /// The same without waiting: `timeout` if there is nothing now.
  message try_receive() noexcept;

  /// Copies the next message into `into`; it is whole then. With `too_big` the message was not consumed, and is there
  /// again. Else answers as `receive`.
  received receive_into(std::span<std::byte> into, std::chrono::nanoseconds timeout = forever,
                        waiting how = waiting::spin) noexcept;

  /// Calls `fn(message const&)` with the next message, where it lies in the ring. Answers as `receive`, and whether
  /// what fn saw was whole. What fn throws goes on to the caller.
  template <class F>
  read_result read(F&& fn, std::chrono::nanoseconds timeout = forever, waiting how = waiting::spin) {
    auto const m = receive(timeout, how);
    if (!m) return {m.status(), false};
    fn(m);
    return {quoit::status::ok, m.whole()};
  }

  /// Hands the messages that are there to `fn(message const&)`, in order, and releases them as it goes; it does
  /// not wait. The place that holds the publisher up is moved on at most every eighth of the ring, so this is the
  /// cheapest way to read many small messages. The view is valid during the call only.
  /// It ends when nothing more is there, and however fast others publish: after 32 messages it looks where the head is,
  /// and stops there.
  /// If `fn` throws, that message counts as read, and the exception goes on to the caller.
  /// Answers ok, or the first of closed, died, lost, retired, evicted, detached, forked, corrupt that it met; busy if
  /// `fn` itself polls.
  template <class F>
  poll_result poll(F&& fn) {
    using function = std::remove_reference_t<F>;
    return poll_with([](void* context, message const& m) { (*static_cast<function*>(context))(m); },
                     const_cast<void*>(static_cast<void const*>(std::addressof(fn))));
  }

  /// After `lost`: what was.
  loss last_loss() const noexcept;

  /// The label of a publisher, as long as it is there; else empty. Allocates.
  std::string label_of(publisher_id const& who) const;

  /// Goes on elsewhere: further back, if that is still held, or further on. Throws `quoit::error`: `errc::not_held`,
  /// which says what is held; `errc::busy` while views are out, which it would leave unprotected; `errc::bad_options`
  /// for a time without time stamps; `errc::detached` also if it was evicted; `errc::damaged`, also if a lossy
  /// one was overrun each time that it had found the place. Then nothing has changed, but what was held for a reliable
  /// subscriber may have been given up meanwhile.
  void rewind(start_point where);

  /// A descriptor for event loops (epoll, poll, Asio, libuv, asyncio): after `arm()` it becomes readable when there is
  /// something to receive. The same number each time. It belongs to this object and is closed with it; wait for it, but
  /// do not read, write or close it. Publishers neither know of it nor pay for it: a thread of the library sleeps in
  /// the loop's place, one for every 127 descriptors of the process. Throws `quoit::error` if there can be no
  /// descriptor or no thread; `errc::detached`, `errc::forked`.
  int event_fd();

  /// Makes the event descriptor unreadable until there is something, and readable then, once; at once if there is
  /// something already. Call it before the loop waits, after everything was received: whatever comes before or after
  /// the call is told. Also told are ends, loss, retirement and eviction. It may be told once too often: the next
  /// receive answers `timeout` then. Answers: ok, detached (there is no descriptor, or somebody has closed it), forked.
  quoit::status arm() noexcept;

  /// How many messages are published but not yet released by this subscriber, by their numbers: a batch counts as one.
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
  friend class wait_set;
  explicit subscriber(detail::subscriber_core* core) noexcept : core_(core) {}

  poll_result poll_with(void (*call)(void*, message const&), void* context);

  detail::subscriber_core* core_ = nullptr;
};

}  // namespace quoit
