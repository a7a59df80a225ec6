// SPDX-License-Identifier: BSL-1.0

/// \file
/// Publishes once, and stops itself where its end can be seen and its place is still taken: slow_end NAME. Ends with 77
/// in a build without the named steps.

#include <string_view>

#include <signal.h>

#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "system/step.hpp"

int main(int argc, char** argv) {
#ifdef QUOIT_STEPS
  if (argc != 2) return 2;
  auto const only = support::bytes_of("only");
  auto const channel = quoit::channel::open(argv[1]);
  quoit::sys::on_step = [](char const* step) noexcept {
    if (std::string_view(step) == "end_counted") ::raise(SIGSTOP);
  };
  if (channel.info().kind == quoit::kind::stream) {
    channel.stream_writer().write(only);
  } else {
    channel.publisher().publish(only);
  }
  return 0;
#else
  static_cast<void>(argc);
  static_cast<void>(argv);
  return 77;
#endif
}
