// SPDX-License-Identifier: BSL-1.0
#include "view.hpp"

#include <fmt/format.h>

#include <array>

#include "client_options.hpp"
#include "line_view.hpp"
#include "screen_view.hpp"
#include "terminal.hpp"

namespace example {

std::unique_ptr<view> make_view(client_options const& options) {
  if (terminal::available()) return std::make_unique<screen_view>(options);
  return std::make_unique<line_view>(options);
}

std::string human_bytes(double bytes) {
  static constexpr std::array<char const*, 6> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, units[unit]);
}

std::string human_delays(latency const& delays) {
  if (delays.count() == 0) return "unknown";
  auto const us = delays.microseconds();
  return fmt::format("p50 {:.1f} us, p99 {:.1f} us, max {:.1f} us", us.p50, us.p99, us.max);
}

}  // namespace example
