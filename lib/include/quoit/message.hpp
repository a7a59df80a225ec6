// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "quoit/export.hpp"
#include "quoit/status.hpp"

namespace quoit {

namespace detail {
class subscriber_core;
}

namespace ring {
struct record_view;
}

/// What a lossy subscriber has missed: sequence numbers `first` to `last`, which took so many bytes of the ring.
/// Numbers of discarded reservations among them count as missed, since nobody can tell any more.
struct loss {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t bytes = 0;
};

/// A publisher as a message names it. `subscriber::label_of` tells its label as long as it is there.
struct publisher_id {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  ///< Modulo 2048. 0 and slot 0: unknown, since the message has been written over.
};

/// A view of one message in the ring itself: nothing was copied. Or, when there is none, the reason why.
///
/// **Lifetime.** The bytes stay as they are until the view is released (by its destructor, `release()`, or
/// assigning to it): a reliable subscriber's oldest view is where the publishers may not go. A lossy subscriber's may
/// be written over at any time: use what they say only if `whole()` answers true after it was read. Up to 64 views may
/// be out at once and be released in any order. A view keeps the memory mapped, also when the subscriber and the
/// channel object are gone; the subscriber's place is given back when its last view is.
///
/// **Threads.** A view belongs to its subscriber's thread and is released there.
///
/// The memory is mapped read-only: writing through a cast pointer faults.
class QUOIT_API message {
 public:
  message() noexcept = default;
  message(message&& other) noexcept { swap(other); }
  message& operator=(message&& other) noexcept {
    if (this != &other) {
      release();
      swap(other);
    }
    return *this;
  }
  message(message const&) = delete;
  message& operator=(message const&) = delete;
  ~message() { release(); }

  /// Whether there is a message. If not, `status()` says why.
  explicit operator bool() const noexcept { return status_ == quoit::status::ok; }
  quoit::status status() const noexcept { return status_; }

  /// The payload: one contiguous span, also where it crosses the ring's seam; aligned as the channel's rules say.
  /// Empty if there is no message or it was released.
  std::span<std::byte const> bytes() const noexcept { return {data_, size_}; }

  /// Its number in the channel, from 1 on. A reliable subscriber misses none, but those of discarded reservations in a
  /// channel for many publishers. The messages of a batch have one number together.
  std::uint64_t sequence() const noexcept { return sequence_; }

  /// Its place in its batch, from 0 on; 0 if it was published alone.
  std::uint32_t index() const noexcept { return index_; }

  /// Who published it.
  publisher_id publisher() const noexcept;

  /// The number that its publisher put beside it; 0 if none.
  std::uint32_t tag() const noexcept { return tag_; }

  /// When it was committed: CLOCK_MONOTONIC, ns. 0 if the channel keeps no time stamps.
  std::int64_t time() const noexcept { return time_; }

  /// Whether the bytes are still those that were published: what was read of them before this answered true is whole.
  /// For a reliable subscriber this is so as long as the view is held, unless a publisher took its place away.
  bool whole() const noexcept;

  /// Gives the bytes back. The view is then empty, with the status `detached`. Idempotent.
  void release() noexcept {
    if (owner_ != nullptr) give_back();
  }

 private:
  friend class detail::subscriber_core;
  friend class subscriber;

  explicit message(quoit::status why) noexcept : status_(why) {}
  message(detail::subscriber_core& owner, ring::record_view const& record, std::uint32_t place, bool borrowed) noexcept;
  void swap(message& other) noexcept;
  void give_back() noexcept;

  detail::subscriber_core* owner_ = nullptr;
  std::byte const* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t sequence_ = 0;
  std::int64_t time_ = 0;
  std::uint32_t tag_ = 0;
  std::uint32_t index_ = 0;
  std::uint32_t place_ = 0;
  quoit::status status_ = quoit::status::detached;
  bool borrowed_ = false;  // of a poll in progress, which releases it
};

}  // namespace quoit
