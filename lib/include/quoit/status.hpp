// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "quoit/export.hpp"

/// \file
/// What a call on the message path answers.
///
/// Set-up (creating, opening, taking a role) throws `quoit::error`. What runs once a message is `noexcept` and
/// returns a status beside its view or its count, because "nothing came" has many reasons that a program must tell
/// apart: there is no message yet, there never will be one from this publisher, the channel was replaced, ...

namespace quoit {

/// The answer of a receive, a reserve or a commit.
enum class status : std::uint8_t {
  ok,           ///< There is a view, a reservation or a sequence number.
  timeout,      ///< The time given is over (for a try: nothing is there now).
  full,         ///< Publisher, fail at once: the ring is full behind a reliable subscriber, or an open reservation.
  closed,       ///< Subscriber: a publisher has closed here. Everything before it was read; another may follow.
  died,         ///< Subscriber: a publisher has died here, as the kernel tells. What it had committed was read.
  lost,         ///< Lossy subscriber: messages were written over before they were read; `last_loss()` says which.
  evicted,      ///< Subscriber: a publisher would not wait for it any longer, and has taken its place away.
  retired,      ///< The channel was removed or replaced under its name, and there is nothing more to read here.
  interrupted,  ///< interrupt() was called.
  too_big,      ///< More bytes than the ring can ever hold, or more than were reserved.
  too_many,     ///< 64 views are out; release one first.
  busy,         ///< A reservation is open, or a poll or another thread's wait in progress: finish it first.
  detached,     ///< The object was closed or moved from.
  forked,       ///< The object was made before a fork(), and this is the child: it belongs to the parent.
  end_of_file,  ///< Reading from a descriptor: it is at its end.
  would_block,  ///< The descriptor is non-blocking, and nothing can be moved now.
  failed,       ///< A system call on the descriptor failed; `error` beside it is its errno.
  corrupt,  ///< The shared memory holds what no working peer writes, or its file was truncated. Recreate the channel.
};

/// The name of a status, as it stands above. Never null.
QUOIT_API char const* to_string(status s) noexcept;

}  // namespace quoit
