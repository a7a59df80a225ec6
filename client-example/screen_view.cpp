// SPDX-License-Identifier: BSL-1.0
#include "screen_view.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "client_options.hpp"
#include "daemon-example/clock.hpp"

namespace example {

namespace {

constexpr std::string_view home = "\x1b[H";
constexpr std::string_view clear_line = "\x1b[K";
constexpr std::string_view next_line = "\r\n\x1b[K";  // Cleared first: behind a full line the cursor stands on it.
constexpr std::string_view clear_below = "\x1b[J";
constexpr std::string_view reverse = "\x1b[7m";
constexpr std::string_view plain = "\x1b[0m";

constexpr std::size_t lines_above = 4;      // Two of summary, one of events, one of headings.
constexpr std::size_t columns_beside = 66;  // All but the history.

std::string rate_or_dash(process_row const& row, double rate) {
  return row.last.io_known != 0 ? human_bytes(rate) : "-";
}

}  // namespace

screen_view::screen_view(client_options const& options) : options_(options) {}

void screen_view::note(std::string_view event) {
  event_ = event;
  if (!terminal_) fmt::print(stderr, "client-example: {}\n", event);
}

void screen_view::show(observations const& seen) {
  if (!terminal_) terminal_.emplace();
  frame_.clear();
  frame_.append(home);
  frame_.append(clear_line);
  draw_summary(seen);
  draw_table(seen, terminal_->size());
  frame_.append(clear_below);
  terminal_->draw({frame_.data(), frame_.size()});
}

void screen_view::draw_summary(observations const& seen) {
  auto const now = monotonic_ns();
  auto const age = seen.samples == 0 ? 0.0 : static_cast<double>(now - seen.last_received) / 1e9;
  auto const to = std::back_inserter(frame_);
  fmt::format_to(to, "channel {}: {:.1f} samples/s, {} samples, {} behind, last {:.1f} s ago", options_.channel,
                 seen.delays.rate(now), seen.samples, seen.lag, age);
  if (seen.damaged > 0) fmt::format_to(to, ", {} damaged", seen.damaged);
  fmt::format_to(to, "{}latency {} (of {}), {} processes", next_line, human_delays(seen.delays), seen.delays.count(),
                 seen.processes.size());
  fmt::format_to(to, "{}{}", next_line, event_);
}

void screen_view::draw_table(observations const& seen, terminal::dimensions size) {
  auto const bars = std::clamp(size.columns, columns_beside + 8, columns_beside + history::size) - columns_beside;
  auto const room = size.rows > lines_above ? size.rows - lines_above : 0;
  auto const rows = options_.rows ? std::min<std::size_t>(*options_.rows, room) : room;
  auto const to = std::back_inserter(frame_);
  fmt::format_to(to, "{}{}{:>7} {:<16} {:>6} {:<{}} {:>10} {:>10} {:>10}{}", next_line, reverse, "PID", "NAME", "CPU %",
                 "HISTORY", bars, "MEMORY", "READ/s", "WRITE/s", plain);
  for (auto const* row : seen.processes.busiest(rows)) {
    fmt::format_to(to, "{}{:>7} {:<16.16} {:>6.1f} {} {:>10} {:>10} {:>10}", next_line, row->last.pid, row->name,
                   row->cpu_percent, row->cpu.bars(bars, 100), human_bytes(static_cast<double>(row->last.resident)),
                   rate_or_dash(*row, row->read_per_second), rate_or_dash(*row, row->write_per_second));
  }
}

}  // namespace example
