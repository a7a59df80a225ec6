// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include "quoit/export.hpp"
#include "quoit/mirror.hpp"
#include "quoit/status.hpp"
#include "quoit/transfer.hpp"

namespace quoit {

/// Bytes of a ring in the ring itself, which keep the memory alive: they can be read after the ring has been released,
/// moved from or destroyed. While the ring lives they are what was written until they were consumed and something else
/// was written over them. Copies are cheap (a shared pointer).
class QUOIT_API ring_view {
 public:
  ring_view() noexcept = default;

  /// One contiguous span, wherever the ring's seam is. Empty in a fork child.
  std::span<std::byte const> bytes() const noexcept;
  std::size_t size() const noexcept { return bytes().size(); }
  bool empty() const noexcept { return bytes().empty(); }

 private:
  friend class byte_ring;
  ring_view(std::shared_ptr<mirror::memory const> keep, std::span<std::byte const> bytes, std::uint64_t mark) noexcept
      : keep_(std::move(keep)), bytes_(bytes), mark_(mark) {}

  std::shared_ptr<mirror::memory const> keep_;
  std::span<std::byte const> bytes_;
  std::uint64_t mark_ = 0;  // of the process that has the memory
};

/// A ring of bytes in one process, over mirrored memory: everything unread is one span, and so is all free space.
///
/// ```cpp
/// quoit::byte_ring ring(64_KiB);                           // or (64_KiB, quoit::mirror::heap{})
/// ring.write(bytes);
/// auto line = ring.peek(80);                               // a view that keeps the memory alive by itself
/// for (;;) {
///   auto const t = ring.read_from(file);                   // until it is full, or the file at its end
///   parse(ring);                                           // consumes some
///   if (t.status != quoit::status::ok || ring.full()) break;  // at its end, or a record longer than the ring
/// }
/// ```
///
/// **Capacity.** Any multiple of the page; what is asked for is rounded up to one, and nothing is added to it: all of
/// it can be filled.
/// **Threads.** One thread at a time, as a std::vector. For two threads, or processes, use a channel.
/// **Errors.** The constructor throws `quoit::error`. Everything else answers how much was done: reading, skipping or
/// looking at more than there is, and writing more than fits, does what is possible and says so. A ring that was
/// released, moved from, or inherited by a fork child holds nothing and takes nothing.
class QUOIT_API byte_ring {
 public:
  /// A ring of at least `capacity` bytes (1 to what the machine has). Throws `quoit::error`: `errc::bad_options` for 0,
  /// and what the maker throws.
  explicit byte_ring(std::size_t capacity, mirror::maker const& how = mirror::memfd());

  byte_ring(byte_ring&& other) noexcept { swap(other); }
  byte_ring& operator=(byte_ring&& other) noexcept {
    if (this != &other) {
      byte_ring gone(std::move(*this));
      swap(other);
    }
    return *this;
  }
  byte_ring(byte_ring const&) = delete;
  byte_ring& operator=(byte_ring const&) = delete;
  ~byte_ring() = default;

  /// Bytes that it can hold; 0 if it was released.
  std::size_t capacity() const noexcept { return usable() ? memory_->size() : 0; }
  /// Unread bytes.
  std::size_t size() const noexcept { return usable() ? size_ : 0; }
  std::size_t free_space() const noexcept { return capacity() - size(); }
  bool empty() const noexcept { return size() == 0; }
  /// Whether nothing more fits.
  bool full() const noexcept { return free_space() == 0; }

  /// Forgets all unread bytes, and what was prepared.
  void reset() noexcept { begin_ = size_ = prepared_ = 0; }

  // -- by copying --------------------------------------------------------------------------------------------------

  /// Copies what fits of `bytes` to the end. How much that was.
  std::size_t write(std::span<std::byte const> bytes) noexcept;

  /// Copies the oldest bytes into `into`, as many as there are and fit, and consumes them. How many.
  std::size_t read(std::span<std::byte> into) noexcept;

  // -- in place ----------------------------------------------------------------------------------------------------

  /// Everything unread, as one span; valid until it is consumed and written over, or the ring is released.
  std::span<std::byte const> data() const noexcept { return {here(), size()}; }

  /// Consumes the oldest `n` bytes, or all if there are fewer. How many.
  std::size_t consume(std::size_t n) noexcept;

  /// Free space for `n` bytes as one span, to be written and then committed. Too short, or empty, if less is free.
  std::span<std::byte> prepare(std::size_t n) noexcept;

  /// Appends the first `n` bytes of the space that was prepared last (no more than that had). How many.
  std::size_t commit(std::size_t n) noexcept;

  // -- by views ----------------------------------------------------------------------------------------------------

  /// The oldest `n` bytes, or all if there are fewer; they stay unread.
  ring_view peek(std::size_t n) const noexcept;

  /// Consumes the oldest `n` bytes, or all if there are fewer. How many. (As `consume`; the usual name beside `peek`.)
  std::size_t skip(std::size_t n) noexcept { return consume(n); }

  /// The oldest `n` bytes, or all if there are fewer, consumed: a view of them.
  ring_view next(std::size_t n) noexcept;

  // -- from and to elsewhere ---------------------------------------------------------------------------------------

  /// Moves up to `n` bytes, as long as there are any, to a file descriptor. Answers: ok (all that was asked for and
  /// there), would_block, failed (`error` says why), detached. EINTR is not an error. SIGPIPE is not raised. Waits as
  /// the descriptor does.
  transfer write_to(int fd, std::size_t n = unlimited) noexcept;

  /// Moves up to `n` bytes, as long as they fit, from a file descriptor. Answers: ok (all that was asked for or fits),
  /// end_of_file, would_block, failed, detached, as above. Waits as the descriptor does.
  transfer read_from(int fd, std::size_t n = unlimited) noexcept;

  /// The same for streams of the standard library: failed (error 0) if the stream is bad then; end_of_file. May throw
  /// what the stream throws; what was moved until then is consumed or committed.
  transfer write_to(std::ostream& out, std::size_t n = unlimited);
  transfer read_from(std::istream& in, std::size_t n = unlimited);

  // -- memory ------------------------------------------------------------------------------------------------------

  /// Lets go of the memory, which is given back at once, or with the last view of it. Bytes that were unread are lost
  /// to the ring. A second time: EINVAL, and nothing happens.
  std::error_code release() noexcept;

 private:
  bool usable() const noexcept;
  std::byte* here() const noexcept { return usable() ? memory_->base() + begin_ : nullptr; }
  /// Where the next byte goes, in the first half.
  std::byte* end() const noexcept;
  void swap(byte_ring& other) noexcept;

  std::shared_ptr<mirror::memory> memory_;
  std::size_t begin_ = 0;     // of the unread bytes; less than the capacity
  std::size_t size_ = 0;      // of them; at most the capacity
  std::size_t prepared_ = 0;  // behind them
  std::uint64_t mark_ = 0;    // of the process that made it
};

}  // namespace quoit
