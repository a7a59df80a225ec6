// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <quoit/quoit.hpp>

#include "proc_reader.hpp"
#include "signals.hpp"

namespace example {

struct daemon_options;

/// Publishes samples of /proc at a steady rate.
///
/// A sample is written straight into the ring: while /proc is read, each process becomes a record in the reserved
/// room. Nothing is copied or allocated on the way.
class telemetry {
 public:
  telemetry(daemon_options const& options, signals& on_signal);

  /// Publishes until the program is asked to stop or has published its count. Opens the channel again if it is
  /// retired. Throws `quoit::error`, and `std::runtime_error` if it cannot go on.
  void run();

 private:
  enum class outcome { finished, retired };

  /// Publishes for as long as this channel is the one of its name.
  outcome publish_samples(quoit::publisher& publisher);

  /// One sample: ok, or why it was not published.
  quoit::status publish_sample(quoit::publisher& publisher);

  void note_dropped(quoit::publisher const& publisher);
  bool finished() const noexcept;

  daemon_options const& options_;
  signals& on_signal_;
  proc_reader processes_;
  std::chrono::nanoseconds period_;
  std::uint32_t cpus_;
  std::size_t expected_ = 256;  ///< Processes to reserve room for: what the last sample saw, and some more.

  std::uint64_t samples_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  bool dropping_ = false;
};

}  // namespace example
