// SPDX-License-Identifier: BSL-1.0
#include "table.hpp"

#include <algorithm>

namespace cli {

namespace {

constexpr std::size_t gap = 2;

}  // namespace

std::vector<std::string> table::lines() const {
  std::vector<std::size_t> widths;
  for (auto const& c : columns_) widths.push_back(width_of(c.heading));
  for (auto const& r : rows_) {
    for (std::size_t i = 0; i < r.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], width_of(r[i]));
  }
  auto const line_of = [&](auto const& cell) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      std::string const text = cell(i);
      std::string const blank(widths[i] - std::min(widths[i], width_of(text)), ' ');
      line += columns_[i].side == align::right ? blank + text : text + blank;
      if (i + 1 < columns_.size()) line += std::string(gap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  };
  std::vector<std::string> all;
  all.push_back(painted(paint::dim, line_of([&](std::size_t i) { return columns_[i].heading; })));
  for (auto const& r : rows_)
    all.push_back(line_of([&](std::size_t i) { return i < r.size() ? r[i] : std::string(); }));
  return all;
}

std::string table::text() const {
  std::string all;
  for (auto const& line : lines()) all += line + "\n";
  return all;
}

}  // namespace cli
