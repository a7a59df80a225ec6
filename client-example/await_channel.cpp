// SPDX-License-Identifier: BSL-1.0
#include "await_channel.hpp"

#include <fmt/format.h>

#include <chrono>

namespace example {

using namespace std::chrono_literals;

quoit::channel await_channel(std::string const& name, quoit::channel_options const& expected, signals const& on_signal,
                             std::function<void(std::string_view)> const& note) {
  // A wait for a name belongs to no role yet that a signal could interrupt: so it is cut into short ones.
  auto slice = 1ms;
  while (!on_signal.stop()) {
    try {
      return quoit::channel::open(name, quoit::wait_for{slice}, expected);
    } catch (quoit::error const& failure) {
      if (failure.code() != quoit::errc::timeout) throw;
    }
    if (slice == 1ms) note(fmt::format("waiting for channel {}", name));
    slice = 100ms;
  }
  return {};
}

}  // namespace example
