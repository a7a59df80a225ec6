// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "channel/standing.hpp"
#include "quoit/status.hpp"
#include "system/no_fork.hpp"
#include "wait/watcher.hpp"

namespace quoit::detail {

/// The descriptor by which an event loop waits for one subscriber. Nothing of it is known to publishers: a thread of
/// this process sleeps in the loop's place, and tells it.
class event_source final : private watched_standing {
 public:
  /// Throws `quoit::error` if there can be no descriptor, or no thread.
  event_source(attachment const& a, segment::slot& place);
  ~event_source();

  /// The number that was handed out.
  int fd() const noexcept { return shown_.get(); }

  /// Makes the descriptor unreadable until there is more for one who stands there, and readable then: at once, if there
  /// is more already. ok, or detached: somebody has closed the number.
  status arm(standing const& where) noexcept;

 private:
  void fire() noexcept override;

  sys::unshared_descriptor own_;    // what is written; nobody else knows its number
  sys::unshared_descriptor shown_;  // the same file
  wait::watch watch_;
};

}  // namespace quoit::detail
