// SPDX-License-Identifier: BSL-1.0

/// \file
/// A small telemetry daemon: it owns a channel and publishes what the processes of this machine do.
///
/// Read telemetry.cpp first: it opens the channel, becomes its publisher, and writes each sample into the ring.
/// telemetry_format.hpp is the format that it shares with client-example.

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "arguments.hpp"
#include "checked_stream.hpp"
#include "daemon_options.hpp"
#include "signals.hpp"
#include "telemetry.hpp"

int main(int argc, char** argv) {
  try {
    auto const options = example::parse_daemon_options(argc, argv);
    if (options.help) {
      fmt::print("{}", example::daemon_help);
      return 0;
    }
    example::signals on_signal;
    if (options.messages) return example::publish_checked(options, on_signal);
    example::telemetry(options, on_signal).run();
    return 0;
  } catch (example::usage_error const& wrong) {
    fmt::print(stderr, "daemon-example: {}\n", wrong.what());
    return 2;
  } catch (std::exception const& failure) {
    // quoit::error is one of these: its text says what was tried, what was found, and what to do.
    fmt::print(stderr, "daemon-example: {}\n", failure.what());
    return 1;
  }
}
