// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <quoit/quoit.hpp>

#include "daemon-example/clock.hpp"
#include "daemon-example/signals.hpp"
#include "view.hpp"

namespace example {

struct client_options;

/// Receives the daemon's samples and shows them, whatever becomes of the daemon.
class monitor {
 public:
  monitor(client_options const& options, signals& on_signal);

  /// Goes on until the program is asked to stop or has its count of samples. Throws `quoit::error`, and
  /// `std::runtime_error` if it cannot go on.
  void run();

 private:
  /// Receives for as long as this channel is the one of its name.
  void follow(quoit::subscriber& subscriber);

  void take(quoit::message const& message);
  void publisher_left(char const* how);
  void show_if_due(quoit::subscriber const& subscriber);
  bool finished() const noexcept;

  client_options const& options_;
  signals& on_signal_;
  observations seen_;
  std::unique_ptr<view> view_;
  clock::time_point due_{};  ///< When to show what was seen.
  std::int64_t joined_ = 0;  ///< CLOCK_MONOTONIC, ns.
  bool left_ = false;        ///< The last publisher has gone, and there is no sample of another one yet.
};

}  // namespace example
