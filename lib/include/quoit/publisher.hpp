// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "quoit/export.hpp"
#include "quoit/info.hpp"
#include "quoit/options.hpp"
#include "quoit/status.hpp"

namespace quoit {

class channel;

namespace detail {
class publisher_core;
}

/// What became of a commit: the message's sequence number, or the reason why there is none.
struct commit_result {
  quoit::status status = quoit::status::detached;
  std::uint64_t sequence = 0;
  explicit operator bool() const noexcept { return status == quoit::status::ok; }
};

/// Room for one message in the ring itself, to be written in place; or, when there is none, the reason why.
///
/// The destructor discards what was not committed, and nobody ever sees a byte of it. With one publisher it leaves no
/// trace; with many it uses up its number. A reservation keeps the memory mapped and belongs to its publisher's thread.
class QUOIT_API reservation {
 public:
  reservation() noexcept = default;
  reservation(reservation&& other) noexcept { swap(other); }
  reservation& operator=(reservation&& other) noexcept {
    if (this != &other) {
      discard();
      swap(other);
    }
    return *this;
  }
  reservation(reservation const&) = delete;
  reservation& operator=(reservation const&) = delete;
  ~reservation() { discard(); }

  explicit operator bool() const noexcept { return status_ == quoit::status::ok; }
  quoit::status status() const noexcept { return status_; }

  /// The room: one contiguous span, also across the seam. What it holds before it is written is unspecified.
  std::span<std::byte> bytes() const noexcept { return {data_, size_}; }

  /// Puts a number beside the message; subscribers read it without touching the payload.
  void tag(std::uint32_t value) noexcept { tag_ = value; }

  /// Publishes the whole room.
  commit_result commit() noexcept { return commit(size_); }

  /// Publishes the first `size` bytes. The rest goes back to the ring: with one publisher at once, with many when the
  /// message does. More than was reserved is `too_big`; the reservation then stays open and nothing is lost.
  commit_result commit(std::size_t size) noexcept;

  /// Gives the room back unpublished. Idempotent.
  void discard() noexcept {
    if (owner_ != nullptr) abandon();
  }

 private:
  friend class publisher;

  explicit reservation(quoit::status why) noexcept : status_(why) {}
  reservation(detail::publisher_core* owner, std::byte* data, std::size_t size) noexcept
      : owner_(owner), data_(data), size_(size), status_(quoit::status::ok) {}
  void swap(reservation& other) noexcept;
  detail::publisher_core* let_go() noexcept;
  void abandon() noexcept;

  detail::publisher_core* owner_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint32_t tag_ = 0;
  quoit::status status_ = quoit::status::detached;
};

/// Room for several messages in the ring itself, which are published by one step: all of them or none. Or, when there
/// is none, the reason why. For many small messages: what a commit costs is paid once.
///
/// Subscribers receive them one by one, in order, as any others. They have one sequence number together, and are told
/// apart by `message::index()`.
///
/// The destructor discards what was not committed. A batch belongs to its publisher's thread.
class QUOIT_API batch {
 public:
  batch() noexcept = default;
  batch(batch&& other) noexcept { swap(other); }
  batch& operator=(batch&& other) noexcept {
    if (this != &other) {
      discard();
      swap(other);
    }
    return *this;
  }
  batch(batch const&) = delete;
  batch& operator=(batch const&) = delete;
  ~batch() { discard(); }

  explicit operator bool() const noexcept { return status_ == quoit::status::ok; }
  quoit::status status() const noexcept { return status_; }

  /// Where one more message goes, or why it does not.
  struct room {
    quoit::status status = quoit::status::detached;
    std::span<std::byte> bytes{};
    explicit operator bool() const noexcept { return status == quoit::status::ok; }
  };

  /// Room for one more message of exactly `size` bytes, valid until the commit. `too_big` if it does not fit any more:
  /// nothing is lost then.
  room append(std::size_t size, std::uint32_t tag = 0) noexcept;

  /// Copies one more message into it. ok or too_big.
  quoit::status add(std::span<std::byte const> payload, std::uint32_t tag = 0) noexcept;

  /// How many messages were appended.
  std::size_t size() const noexcept { return count_; }

  /// Publishes them. Without any it discards the batch: ok, with the sequence number 0.
  commit_result commit() noexcept;

  /// Gives the room back unpublished. Idempotent.
  void discard() noexcept {
    if (owner_ != nullptr) abandon();
  }

 private:
  friend class publisher;

  explicit batch(quoit::status why) noexcept : status_(why) {}
  explicit batch(detail::publisher_core* owner) noexcept : owner_(owner), status_(quoit::status::ok) {}
  void swap(batch& other) noexcept;
  void abandon() noexcept;

  detail::publisher_core* owner_ = nullptr;
  std::size_t count_ = 0;
  quoit::status status_ = quoit::status::detached;
};

/// A publisher of a channel: the only one, or one of as many as the rule `publishers` says. Obtained from
/// `channel::publisher()`.
///
/// **Threads.** One thread at a time; only `interrupt()` may be called from another thread or a signal handler.
/// **Several publishers.** Their records have one order, that of the reservations; they are delivered in that order,
/// each as soon as it and all before it are committed or discarded. A reservation that is kept open therefore holds up
/// the delivery of what comes after it, though nobody's publishing, until the ring is full behind it. One that is
/// discarded uses up its number. What a dead publisher had reserved is discarded by whoever meets it.
/// **Waiting.** A publisher waits for the slowest living reliable subscriber, if at all; a dead one is found by the
/// kernel's word and passed. A publisher and its only reliable subscriber in one thread can block themselves: use
/// `try_reserve` or a timeout there.
/// **Closing.** The destructor or `close()` leaves an end in the channel: every subscriber reads everything and
/// then meets `status::closed`, once. If the process dies, it is `status::died`.
/// **Fork.** In the child it answers `forked`, and its destructor does nothing.
class QUOIT_API publisher {
 public:
  publisher() noexcept = default;
  publisher(publisher&& other) noexcept;
  publisher& operator=(publisher&& other) noexcept;
  ~publisher();

  /// Room for `size` bytes, 0 to `max_payload()`. Waits until there is room, at most for `timeout`.
  /// Answers: ok, timeout, too_big, busy (a reservation is open), retired, interrupted, detached, forked, corrupt.
  /// `retired` comes only where it would have to wait: a publisher that nobody holds up asks `retired()` now and then.
  /// `corrupt` comes, too, once a peer has written over this publisher's place: for the others it is dead then, and
  /// publishes nothing more. It is looked for where room is made; with several publishers, at each call.
  /// One reservation at a time. No system call and no allocation as long as it need not wait.
  reservation reserve(std::size_t size, std::chrono::nanoseconds timeout = forever,
                      waiting how = waiting::spin) noexcept;

  /// The same without waiting: `full` if there is no room now.
  reservation try_reserve(std::size_t size) noexcept;

  /// Copies `payload` into the ring and publishes it. Answers as `reserve`.
  commit_result publish(std::span<std::byte const> payload, std::uint32_t tag = 0,
                        std::chrono::nanoseconds timeout = forever, waiting how = waiting::spin) noexcept;

  /// Publishes `payload` if there is room for it now. If not, it is given up and counted (`participant_info::dropped`):
  /// `full`. For those who would rather lose the newest message than wait.
  commit_result offer(std::span<std::byte const> payload, std::uint32_t tag = 0) noexcept;

  /// Room for up to `count` messages of `bytes` bytes together, to be published by one step. Waits and answers as
  /// `reserve`.
  batch reserve_batch(std::size_t count, std::size_t bytes, std::chrono::nanoseconds timeout = forever,
                      waiting how = waiting::spin) noexcept;

  /// The same without waiting: `full` if there is no room now.
  batch try_reserve_batch(std::size_t count, std::size_t bytes) noexcept;

  /// Takes the place of a reliable subscriber away: it holds nobody up any more, gets nothing more, and learns it at
  /// its next call (`evicted`). `who` as it came from `subscribers()`. False: it is not there any more, or not
  /// reliable.
  bool evict(participant_info const& who) noexcept;

  /// The longest payload that fits, in bytes: the capacity less the prefix.
  std::size_t max_payload() const noexcept;

  /// The living subscribers. Places of dead ones are freed by this call. Allocates.
  std::vector<participant_info> subscribers() const;

  /// Waits until at least `count` living subscribers are there: ok, timeout, interrupted, retired, detached, forked.
  quoit::status wait_for_subscribers(std::size_t count, std::chrono::nanoseconds timeout = forever) noexcept;

  /// Whether the channel was removed or replaced under its name.
  bool retired() const noexcept;

  /// Ends the wait that is going on, or else the next one, with `interrupted`. Async-signal-safe, any thread; but not
  /// while this object is moved, closed or destroyed.
  void interrupt() noexcept;

  /// Ends the role: discards an open reservation (do not write to it any more), leaves the end, frees the place.
  /// Idempotent.
  void close() noexcept;

  explicit operator bool() const noexcept { return core_ != nullptr; }

 private:
  friend class channel;
  explicit publisher(detail::publisher_core* core) noexcept : core_(core) {}

  detail::publisher_core* core_ = nullptr;
};

}  // namespace quoit
