// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "quoit/export.hpp"
#include "quoit/message.hpp"
#include "quoit/options.hpp"
#include "quoit/status.hpp"
#include "quoit/transfer.hpp"

namespace quoit {

class channel;

namespace detail {
class stream_reader_core;
}

/// Bytes of the stream in the ring itself, or the reason why there are none (or not enough).
/// The span stays as it is until its bytes are consumed, or the reader is closed or destroyed. The memory is mapped
/// read-only.
struct stream_view {
  quoit::status status = quoit::status::detached;
  std::span<std::byte const> bytes{};
  explicit operator bool() const noexcept { return status == quoit::status::ok; }
};

/// A reader of a byte stream. A reliable one gets every byte from its start on, exactly once, in order, whoever dies. A
/// lossy one costs the writer nothing and is never waited for: what it misses it is told (`status::lost`,
/// `last_loss()`, in positions), and bytes that `data` shows may be written over at any time: use what they say only if
/// `whole()` answers true after they were read, and before they are consumed. `read` and `write_to` check that by
/// themselves. Obtained from `channel::stream_reader()`.
///
/// **Threads.** One thread at a time; only `interrupt()` may be called from another thread or a signal handler.
/// Another thread takes a reader of its own. A second thread that calls while one waits gets `busy`.
/// **Holding up.** The writer cannot go further than one ring beyond what a reliable reader has consumed. A reader that
/// is not wanted any more should be closed; one that dies no longer counts, at once.
/// **Ends.** `closed` and `died` come once for each writer that went, after all its bytes, and no span crosses one:
/// what two writers have written never touches. They end nothing: call again to go on with the next writer.
/// **Fork.** In the child it answers `forked`, and its destructor does nothing.
class QUOIT_API stream_reader {
 public:
  stream_reader() noexcept = default;
  stream_reader(stream_reader&& other) noexcept;
  stream_reader& operator=(stream_reader&& other) noexcept;
  ~stream_reader();

  /// Everything unread, up to the next end, as one span, wherever the ring's seam is. Waits, at most for `timeout`,
  /// until there are `at_least` bytes (1 to the ring's capacity). What is not consumed is there again at the next call.
  ///
  /// Answers: ok, timeout, closed, died, lost, retired, interrupted, too_big (`at_least` is more than the ring holds),
  /// evicted, detached, forked, corrupt.
  /// With `ok` there are fewer than `at_least` bytes only if an end stands behind them (no more can join them), or the
  /// channel is retired. With `timeout` the span holds what is there, which may be something. Whoever waits for much
  /// should know that a writer who waits for room in turn blocks both: `at_least` and what the writer prepares at once
  /// should together not exceed the capacity.
  /// No system call and no allocation as long as it need not wait.
  stream_view data(std::size_t at_least = 1, std::chrono::nanoseconds timeout = forever,
                   waiting how = waiting::spin) noexcept;

  /// The same without waiting: `timeout` if there is nothing (or not enough) now.
  stream_view try_data(std::size_t at_least = 1) noexcept;

  /// Gives the first `size` bytes of what the last `data()` showed back to the ring. More than that is `too_big`, and
  /// nothing is consumed. Answers: ok, too_big, detached, forked.
  quoit::status consume(std::size_t size) noexcept;

  /// Copies what is there into `into` and consumes it: at least one byte, at most its size. Waits for the first one.
  /// Answers as `data`. With an empty span: ok.
  transfer read(std::span<std::byte> into, std::chrono::nanoseconds timeout = forever,
                waiting how = waiting::spin) noexcept;

  /// Moves up to `most` bytes from the stream to a file descriptor, write(2) by write(2) straight out of the ring.
  /// A byte is consumed after it was written. The descriptor may be a file, pipe, socket, terminal or anything else
  /// that is written as a sequence of bytes (which may be cut anywhere).
  ///
  /// Answers: ok (`most` bytes were moved), closed or died (so does the writer's time end, behind the bytes that were
  /// moved), would_block (the descriptor is non-blocking and takes nothing now), failed (`error` says why: EBADF if it
  /// is closed or not open for writing, EPIPE if nobody reads it), and what `data` answers. What was not moved is
  /// still there to be read. EINTR is not an error: the write is repeated, unless `interrupt()` was called. SIGPIPE is
  /// not raised. `timeout` spans the whole call: waits for bytes, and for a descriptor that blocks, and the copying
  /// itself; only a write to a device that the kernel cannot write to at once (a terminal) may last longer. With 0 it
  /// goes on as long as it need not wait. An interrupt ends a wait for the descriptor within a tenth of a second.
  transfer write_to(int fd, std::size_t most = unlimited, std::chrono::nanoseconds timeout = forever,
                    waiting how = waiting::spin) noexcept;

  /// Whether all bytes that the last `data()` showed, and were not consumed since, are still those that were committed.
  bool whole() const noexcept;

  /// After `lost`: which positions that were.
  loss last_loss() const noexcept;

  /// Goes on elsewhere: further back, if that is still held, or further on. Spans that came from it are not valid any
  /// more. Throws `errc::not_held`, which says what is held; `errc::bad_options` for what streams do not have;
  /// `errc::detached` also if it was evicted; `errc::damaged`. Then nothing has changed, but what was held for a
  /// reliable reader may have been given up meanwhile.
  void rewind(start_point where);

  /// A descriptor for event loops, and what makes it tell when there are bytes, or an end: as `subscriber::event_fd`
  /// and `subscriber::arm`.
  int event_fd();
  quoit::status arm() noexcept;

  /// Bytes that are committed but not yet consumed by this reader, those of later writers included.
  std::uint64_t lag() const noexcept;

  /// How many bytes of the stream lie before the next unread one, since the channel was created.
  std::uint64_t position() const noexcept;

  /// Bytes that the ring holds.
  std::size_t capacity() const noexcept;

  /// Whether the channel was removed or replaced under its name.
  bool retired() const noexcept;

  /// Ends the wait that is going on, or else the next one, with `interrupted`. Async-signal-safe, any thread; but not
  /// while this object is moved, closed or destroyed.
  void interrupt() noexcept;

  /// Ends the role. Spans that came from it are not valid any more. Idempotent.
  void close() noexcept;

  explicit operator bool() const noexcept { return core_ != nullptr; }

 private:
  friend class channel;
  friend class wait_set;
  explicit stream_reader(detail::stream_reader_core* core) noexcept : core_(core) {}

  detail::stream_reader_core* core_ = nullptr;
};

}  // namespace quoit
