// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "latency.hpp"
#include "process_table.hpp"

namespace example {

struct client_options;

/// What the client knows.
struct observations {
  process_table processes;
  latency delays;
  std::uint64_t samples = 0;       ///< Received, the damaged ones too.
  std::uint64_t damaged = 0;       ///< Those that were not as the format says.
  std::uint64_t lag = 0;           ///< Published, but not yet read here.
  std::int64_t last_received = 0;  ///< CLOCK_MONOTONIC, ns.
};

/// How it is shown.
class view {
 public:
  virtual ~view() = default;

  /// How long to wait from one `show` to the next.
  virtual std::chrono::milliseconds interval() const noexcept = 0;
  virtual void show(observations const& seen) = 0;

  /// Something that is no sample: the publisher has died, say.
  virtual void note(std::string_view event) = 0;
};

/// A table that is drawn in place, for a terminal; lines for everything else.
std::unique_ptr<view> make_view(client_options const& options);

/// "12.3 MiB": six characters and the unit, or fewer.
std::string human_bytes(double bytes);

/// "p50 12 us, p99 40 us, max 51 us".
std::string human_delays(latency const& delays);

}  // namespace example
