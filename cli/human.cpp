// SPDX-License-Identifier: BSL-1.0
#include "human.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace cli {

namespace {

/// Three digits: 1.23, 12.3, 123.
std::string digits(double n) {
  if (n == std::floor(n) && n < 1000) return fmt::format("{:.0f}", n);
  return fmt::format("{:.{}f}", n, n < 9.995 ? 2 : n < 99.95 ? 1 : 0);
}

/// The number at the front, and the unit behind it in lower case.
std::pair<double, std::string> split(std::string const& text) {
  double n = 0;
  auto const* const end = text.data() + text.size();
  auto const [rest, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc() || !(n >= 0) || n > 1e18) throw std::invalid_argument("not a number: " + text);
  std::string unit;
  for (auto const* c = rest; c != end; ++c) {
    if (*c != ' ') unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  }
  return {n, unit};
}

[[noreturn]] void bad_unit(std::string const& text, char const* known) {
  throw std::invalid_argument("unknown unit in " + text + ", expected one of " + known);
}

}  // namespace

std::string as_bytes(std::uint64_t n) { return as_bytes(static_cast<double>(n)); }

std::string as_bytes(double value) {
  static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (value >= 1023.5 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return digits(value) + " " + units[unit];
}

std::string as_count(double n) {
  static constexpr std::array units{"", " k", " M", " G", " T"};
  std::size_t unit = 0;
  while (n >= 999.5 && unit + 1 < units.size()) {
    n /= 1000;
    ++unit;
  }
  return digits(n) + units[unit];
}

std::string as_time(std::chrono::nanoseconds t) {
  auto const ns = static_cast<double>(t.count());
  if (ns < 1e3) return digits(ns) + " ns";
  if (ns < 999.5e3) return digits(ns / 1e3) + " us";
  if (ns < 999.5e6) return digits(ns / 1e6) + " ms";
  if (ns < 120e9) return digits(ns / 1e9) + " s";
  if (ns < 7200e9) return fmt::format("{:.0f} min", ns / 60e9);
  if (ns < 48 * 3600e9) return fmt::format("{:.0f} h", ns / 3600e9);
  return fmt::format("{:.0f} d", ns / (24 * 3600e9));
}

std::string as_share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.0f}%", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

std::uint64_t parse_bytes(std::string const& text) {
  auto [n, unit] = split(text);
  if (unit.ends_with("ib")) unit.resize(unit.size() - 2);
  if (unit == "b") unit.clear();
  static constexpr std::string_view units = "kmgtp";
  double factor = 1;
  if (!unit.empty()) {
    auto const at = unit.size() == 1 ? units.find(unit[0]) : std::string_view::npos;
    if (at == std::string_view::npos) bad_unit(text, "K, M, G, T");
    factor = std::pow(1024.0, static_cast<double>(at) + 1);
  }
  if (n * factor >= 1.8e19) throw std::invalid_argument("too large: " + text);
  return static_cast<std::uint64_t>(n * factor);
}

std::chrono::nanoseconds parse_time(std::string const& text) {
  auto const [n, unit] = split(text);
  double const factor = unit == "ns"                   ? 1
                        : unit == "us"                 ? 1e3
                        : unit == "ms"                 ? 1e6
                        : unit == "s" || unit.empty()  ? 1e9
                        : unit == "m" || unit == "min" ? 60e9
                        : unit == "h"                  ? 3600e9
                                                       : 0;
  if (factor == 0) bad_unit(text, "ns, us, ms, s, m, h");
  if (n * factor >= 9e18) throw std::invalid_argument("too long: " + text);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(n * factor));
}

std::chrono::nanoseconds parse_interval(std::string const& text) {
  auto const t = parse_time(text);
  if (t.count() == 0) throw std::invalid_argument("a time above 0 is needed, not " + text);
  return t;
}

double parse_rate(std::string const& text) {
  auto const [n, unit] = split(text);
  double const factor = unit.empty() || unit == "hz"   ? 1
                        : unit == "k" || unit == "khz" ? 1e3
                        : unit == "m" || unit == "mhz" ? 1e6
                                                       : 0;
  if (factor == 0) bad_unit(text, "k, M");
  if (!(n > 0)) throw std::invalid_argument("a rate above 0 is needed, not " + text);
  return n * factor;
}

}  // namespace cli
