// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "quoit/channel.hpp"
#include "quoit/export.hpp"

namespace quoit {

namespace detail {
class keeper_core;
}

/// Who answers those that ask a keeper.
enum class keeping : std::uint8_t {
  in_thread,  ///< A thread of the keeper's own, with all signals blocked. The default.
  in_serve,   ///< The thread that calls `serve()`.
};

/// Hands a channel to processes that cannot take it from a holder themselves: those of another user or group whom the
/// channel's mode lets in, those in another pid namespace (a container), and all if no holder is dumpable.
///
/// ```cpp
/// auto ch = quoit::channel::create("camera/front");
/// quoit::keeper const keeper(ch);  // from now on channel::open finds it where /proc does not show it
/// ```
///
/// A keeper listens on a socket beside the channel's file in the registry directory. `channel::open` asks it by itself,
/// after it has found no other way, and for two seconds at most; it checks what it gets as it checks what /proc shows.
/// So an asker needs the same registry directory (in a container: that directory mounted), and nothing else.
///
/// **Who gets in.** The kernel says who asks (SO_PEERCRED). The owner, group and mode of the channel's file decide, as
/// they would for opening it; root gets in. One who may only read gets descriptors for reading, which are enough for an
/// `observer`. Users that have no number in the keeper's user namespace are everybody's others. The keeper's user must
/// be the owner of the channel's file, or root: else nobody would believe it.
/// **How many.** A channel may have several keepers; all are asked at once, and the first answer is taken. So one that
/// is stopped or killed harms nobody who can reach another.
/// **Hostile askers.** A keeper reads nothing from those who ask, and waits for none of them. Of one user at most eight
/// may leave their answers lying about; the next one of that user is told to ask again.
/// **Lifetime.** It holds the channel, and stands for the channel that it was given: a new one under the same name
/// needs a keeper of its own. Its socket goes with it, or is swept after a kill, by the next who creates or lists
/// channels.
/// **Threads.** Only `interrupt()` may be called from another thread or a signal handler.
/// **Fork.** The child's copy does nothing, and has let go of the socket.
class QUOIT_API keeper {
 public:
  /// Listens, and answers from then on, or in `serve()`. Throws `quoit::error`: `errc::mismatch` for a channel without
  /// a name or of System V segments, `errc::untrusted` if it would not be believed, `errc::detached` if the name leads
  /// elsewhere or the channel object was closed, `errc::forked`.
  explicit keeper(channel const& ch, keeping how = keeping::in_thread);
  keeper(keeper&&) noexcept;
  keeper& operator=(keeper&&) noexcept;
  ~keeper();

  /// Answers until `interrupt()` is called. With `keeping::in_serve` only (`errc::bad_options`). Throws
  /// `errc::detached` for one that was moved from, and `errc::forked`.
  void serve();

  /// Ends the `serve()` that is going on, or else the next one. Async-signal-safe, any thread; but not while this
  /// object is moved or destroyed.
  void interrupt() noexcept;

  /// Of the socket. Empty if this was moved from.
  std::string path() const;

  /// How many it has let in, and how many not, so far. From any thread.
  struct tally {
    std::uint64_t served = 0;
    std::uint64_t refused = 0;
  };
  tally counts() const noexcept;

 private:
  std::unique_ptr<detail::keeper_core> core_;
};

}  // namespace quoit
