// SPDX-License-Identifier: BSL-1.0

/// \file
/// A small telemetry daemon: it owns a channel and publishes what the processes of this machine do.
///
/// Read telemetry.cpp first: it opens the channel, becomes its publisher, and writes each sample into the ring.
/// telemetry_format.hpp is the format that it shares with client-example. Two more modes send messages that prove
/// themselves (checked_stream.cpp) and files as a stream of bytes (file_stream.cpp).

#include <fmt/format.h>

#include "checked_stream.hpp"
#include "daemon_options.hpp"
#include "file_stream.hpp"
#include "run_program.hpp"
#include "signals.hpp"
#include "telemetry.hpp"

int main(int argc, char** argv) {
  return example::run_program("daemon-example", [&] {
    auto const options = example::parse_daemon_options(argc, argv);
    if (options.help) {
      fmt::print("{}", example::daemon_help);
      return 0;
    }
    example::signals on_signal;
    if (options.messages) return example::publish_checked(options, on_signal);
    if (options.stream) return example::stream_files(options, on_signal);
    example::telemetry(options, on_signal).run();
    return 0;
  });
}
