// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "human.hpp"
#include "json_output.hpp"
#include "measurements.hpp"
#include "output.hpp"
#include "table.hpp"

namespace cli {

namespace {

struct options {
  std::string time = "200ms";
  bool as_json = false;
};

constexpr std::array ways{way::pipe, way::socket, way::quoit};
constexpr std::array<std::size_t, 3> sizes{64, 4096, 262144};
constexpr std::size_t round_trips = 5000;

char const* name_of(way w) noexcept { return w == way::pipe ? "pipe" : w == way::socket ? "socket" : "quoit"; }

exit_code bench(options const& o) {
  auto const time = parse_interval(o.time);
  table t({{"WAY"},
           {"64 B", align::right},
           {"4 KiB", align::right},
           {"256 KiB", align::right},
           {"ROUND TRIP p50", align::right},
           {"p99", align::right}});
  json list = json::array();
  for (auto const w : ways) {
    std::vector<std::string> row{name_of(w)};
    json j{{"way", name_of(w)}, {"flows", json::array()}};
    for (auto const size : sizes) {
      auto const m = measure_flow(w, size, time);
      row.push_back(size == sizes[0] ? as_count(m.messages_a_second) + "/s" : as_bytes(m.bytes_a_second) + "/s");
      j["flows"].push_back(
          {{"size", size}, {"messages_per_second", m.messages_a_second}, {"bytes_per_second", m.bytes_a_second}});
    }
    auto const times = measure_round_trips(w, round_trips);
    auto const p50 = times[times.size() / 2];
    auto const p99 = times[times.size() * 99 / 100];
    row.push_back(as_time(p50));
    row.push_back(as_time(p99));
    j["round_trip_p50"] = p50.count();
    j["round_trip_p99"] = p99.count();
    list.push_back(std::move(j));
    t.add(std::move(row));
  }
  if (o.as_json) {
    print_json({{"ways", list}});
  } else {
    print(t.text());
    print("Between two threads, each message copied in and out. A short look: other load shows.\n");
  }
  return exit_code::ok;
}

}  // namespace

void add_bench(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<options>();
  verb const v(app, "bench", "  quoit bench\n  quoit bench --time 2s --json\n",
               "Measure quickly what this machine does: messages and bytes a second, and round trips, beside "
               "a pipe and a socket");
  v.add_option("--time", o->time, "For each figure (200ms)");
  v.add_flag("--json", o->as_json, "As JSON");
  v.run_as(chosen, [o] { return bench(*o); });
}

}  // namespace cli
