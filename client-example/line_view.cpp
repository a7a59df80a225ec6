// SPDX-License-Identifier: BSL-1.0
#include "line_view.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <iterator>

#include "client_options.hpp"
#include "daemon-example/clock.hpp"

namespace example {

line_view::line_view(client_options const& options) : rows_(options.rows.value_or(3)) {}

void line_view::show(observations const& seen) {
  if (seen.samples == shown_) return;
  shown_ = seen.samples;
  fmt::memory_buffer line;
  auto const to = std::back_inserter(line);
  fmt::format_to(to, "{} samples, {:.1f}/s, latency {}, {} processes", seen.samples, seen.delays.rate(monotonic_ns()),
                 human_delays(seen.delays), seen.processes.size());
  char const* separator = "; busiest: ";
  for (auto const* row : seen.processes.busiest(rows_)) {
    fmt::format_to(to, "{}{} ({}) {:.0f} %", separator, row->name, row->last.pid, row->cpu_percent);
    separator = ", ";
  }
  fmt::print("{}\n", fmt::to_string(line));
  std::fflush(stdout);  // Whoever reads a pipe wants each line now.
}

void line_view::note(std::string_view event) { fmt::print(stderr, "client-example: {}\n", event); }

}  // namespace example
