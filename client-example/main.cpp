// SPDX-License-Identifier: BSL-1.0

/// \file
/// The busiest processes of this machine, live, as daemon-example publishes them.
///
/// Read monitor.cpp first: it waits for the channel, subscribes, and outlives whoever publishes. Two more modes verify
/// messages (verify.cpp) and write a stream of bytes to a file (sink.cpp).

#include <fmt/format.h>

#include "client_options.hpp"
#include "daemon-example/run_program.hpp"
#include "daemon-example/signals.hpp"
#include "monitor.hpp"
#include "sink.hpp"
#include "verify.hpp"

int main(int argc, char** argv) {
  return example::run_program("client-example", [&] {
    auto const options = example::parse_client_options(argc, argv);
    if (options.help) {
      fmt::print("{}", example::client_help);
      return 0;
    }
    example::signals on_signal;
    if (options.verify) return example::verify_messages(options, on_signal);
    if (options.sink) return example::sink(options, on_signal).run();
    on_signal.watch_resize();
    example::monitor(options, on_signal).run();
    return 0;
  });
}
