// SPDX-License-Identifier: BSL-1.0
#include "opening.hpp"

#include <algorithm>

#include "output.hpp"

namespace cli {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::nanoseconds slice = 100ms;  // no signal ends the library's own wait

}  // namespace

std::optional<quoit::channel> open_when_there(std::string const& name, std::chrono::nanoseconds time,
                                              quoit::channel_options const& expected, interrupts const& signals) {
  for (auto left = time;;) {
    if (signals.stopped()) return std::nullopt;
    require_reader();
    try {
      return quoit::channel::open(name, quoit::wait_for{std::min(left, slice)}, expected);
    } catch (quoit::error const& e) {
      if (e.code() != make_error_code(quoit::errc::timeout) || left <= slice) throw;
    }
    if (left != quoit::forever) left -= slice;
  }
}

}  // namespace cli
