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
#include "quoit/transfer.hpp"

namespace quoit {

class channel;

namespace detail {
class stream_writer_core;
}

/// Room for bytes in the ring itself; or, when there is none, the reason why.
/// The span is valid until the next prepare, close or destruction of its writer.
struct stream_room {
  quoit::status status = quoit::status::detached;
  std::span<std::byte> bytes{};
  explicit operator bool() const noexcept { return status == quoit::status::ok; }
};

/// What became of a commit: where the stream ends now, or the reason why nothing was committed.
struct stream_commit {
  quoit::status status = quoit::status::detached;
  std::uint64_t position = 0;  ///< Bytes committed to the channel since it was created, by all its writers.
  explicit operator bool() const noexcept { return status == quoit::status::ok; }
};

/// The one writer of a byte stream. Obtained from `channel::stream_writer()`.
///
/// What is committed is a plain sequence of bytes: how it was cut into commits cannot be seen by readers.
///
/// **Threads.** One thread at a time; only `interrupt()` may be called from another thread or a signal handler.
/// **Waiting.** A writer waits for the slowest living reader, if at all; a dead one is found by the kernel's word and
/// passed. A writer and its only reader in one thread can block themselves: use timeouts or `try_prepare` there.
/// **Closing.** The destructor or `close()` leaves an end in the stream: every reader reads everything and then meets
/// `status::closed`, once. If the process dies, or with `abandon()`, it is `status::died`, behind all that it had
/// committed. The next writer goes on behind it.
/// **Fork.** In the child it answers `forked`, and its destructor does nothing.
class QUOIT_API stream_writer {
 public:
  stream_writer() noexcept = default;
  stream_writer(stream_writer&& other) noexcept;
  stream_writer& operator=(stream_writer&& other) noexcept;
  ~stream_writer();

  /// Room for exactly `size` bytes, 0 to `capacity()`, in one span. Waits for it, at most for `timeout`.
  /// Answers: ok, timeout, too_big, retired (where it would have to wait), interrupted, detached, forked, corrupt (also
  /// once a peer has written over this writer's place: for the others it is dead then).
  /// What was prepared before and not committed is given up. No system call and no allocation as long as it need not
  /// wait.
  stream_room prepare(std::size_t size, std::chrono::nanoseconds timeout = forever,
                      waiting how = waiting::spin) noexcept;

  /// The same without waiting: `full` if there is no room now.
  stream_room try_prepare(std::size_t size) noexcept;

  /// Room for at least one byte and at most `most`: as much as there is. Waits for the first byte. Answers as
  /// `prepare`. The ring gives up history (what was read already) for it: who wants to keep that asks for little.
  stream_room prepare_some(std::size_t most = unlimited, std::chrono::nanoseconds timeout = forever,
                           waiting how = waiting::spin) noexcept;

  /// Publishes the first `size` bytes of the room. The rest of it stays prepared, behind them: a large room can be
  /// committed piece by piece as it fills. More than is prepared is `too_big`, and nothing is committed.
  stream_commit commit(std::size_t size) noexcept;

  /// Copies all of `bytes` into the stream, waiting for room as often as it must; they may be more than the ring
  /// holds. Answers as `prepare`, with the number of bytes that were written.
  transfer write(std::span<std::byte const> bytes, std::chrono::nanoseconds timeout = forever,
                 waiting how = waiting::spin) noexcept;

  /// Moves up to `most` bytes from a file descriptor into the stream, read(2) by read(2) straight into the ring;
  /// each is committed at once. The descriptor may be a file, pipe, socket, terminal or anything else that is read
  /// as a sequence of bytes (packets may be cut).
  ///
  /// Answers: ok (`most` bytes were moved), end_of_file, would_block (the descriptor is non-blocking and has nothing
  /// now), failed (`error` says why: EBADF if it is closed or not open for reading), and what `prepare` answers.
  /// EINTR is not an error: the read is repeated, unless `interrupt()` was called.
  /// `timeout` spans the whole call: waits for room, and for a descriptor that blocks, and the copying itself. With 0
  /// it goes on as long as it need not wait. An interrupt ends a wait for the descriptor within a tenth of a second.
  transfer read_from(int fd, std::size_t most = unlimited, std::chrono::nanoseconds timeout = forever,
                     waiting how = waiting::spin) noexcept;

  /// Takes the place of a reliable reader away: it holds nobody up any more, gets nothing more, and learns it at its
  /// next call (`evicted`). `who` as it came from `readers()`. False: it is not there any more, or not reliable.
  bool evict(participant_info const& who) noexcept;

  /// Bytes that the ring holds, and the most that can be prepared at once.
  std::size_t capacity() const noexcept;

  /// Bytes committed to the channel since it was created, by all its writers.
  std::uint64_t position() const noexcept;

  /// The living readers. Places of dead ones are freed by this call. Allocates. Throws `errc::forked`.
  std::vector<participant_info> readers() const;

  /// Waits until at least `count` living readers are there: ok, timeout, interrupted, retired, detached, forked.
  quoit::status wait_for_readers(std::size_t count, std::chrono::nanoseconds timeout = forever) noexcept;

  /// Whether the channel was removed or replaced under its name.
  bool retired() const noexcept;

  /// Ends the wait that is going on, or else the next one, with `interrupted`. Async-signal-safe, any thread; but not
  /// while this object is moved, closed or destroyed.
  void interrupt() noexcept;

  /// Ends the role as a death would: readers meet `died` instead of `closed`, behind all that was committed. For a
  /// writer that cannot go on, so that nobody takes what is there for the whole.
  void abandon() noexcept;

  /// Ends the role: gives up the room (do not write to it any more), leaves the end, frees the place. Idempotent.
  void close() noexcept;

  explicit operator bool() const noexcept { return core_ != nullptr; }

 private:
  friend class channel;
  explicit stream_writer(detail::stream_writer_core* core) noexcept : core_(core) {}

  void end(bool as_dead) noexcept;

  detail::stream_writer_core* core_ = nullptr;
};

}  // namespace quoit
