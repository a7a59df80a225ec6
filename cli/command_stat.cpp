// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "human.hpp"
#include "json_output.hpp"
#include "output.hpp"
#include "terminal.hpp"
#include "watching.hpp"

namespace cli {

namespace {

constexpr int lines_a_heading = 20;

/// How full the ring is by what it is limited by.
std::string fill_of(watched const& w) {
  if (w.sample.status != quoit::status::ok) return "?";
  return w.sample.limited_by_records ? as_share(w.sample.records, w.info.records - 1) + "r"
                                     : as_share(w.sample.bytes, w.info.capacity);
}

std::string number(double n) { return as_count(n); }

void heading() {
  print(painted(paint::dim, fmt::format("{:<20} {:>8} {:>10} {:>5} {:>8} {:>8} {:>7} {:>7} {:>7} {:>3} {:>3} {:>4}",
                                        "NAME", "MSG/s", "BYTES/s", "FULL", "LAG", "ROOM", "LOST/s", "DROP/s",
                                        "SLEEP/s", "PUB", "SUB", "DEAD")) +
        "\n");
}

void show_line(watched const& w) {
  std::uint64_t lag = 0;
  for (auto const& p : w.sample.participants) lag = std::max(lag, p.lag);
  auto const here = count(w.sample);
  auto const& f = w.since;
  print(fmt::format("{:<20} {:>8} {:>10} {:>5} {:>8} {:>8} {:>7} {:>7} {:>7} {:>3} {:>3} {:>4}\n", w.name,
                    number(f.messages_a_second()), as_bytes(f.bytes_a_second()), fill_of(w),
                    number(static_cast<double>(lag)), as_bytes(w.sample.room_bytes), number(f.a_second(f.lost)),
                    number(f.a_second(f.dropped)), number(f.a_second(f.sleeps)), here.publishers, here.subscribers,
                    here.dead));
}

json json_of(watched const& w) {
  auto const here = count(w.sample);
  return {{"name", w.name},
          {"flow", to_json(w.since)},
          {"level", to_json(static_cast<quoit::channel_level const&>(w.sample))},
          {"room_bytes", w.sample.room_bytes},
          {"room_records", w.sample.room_records},
          {"publishers", here.publishers},
          {"subscribers", here.subscribers},
          {"dead", here.dead}};
}

}  // namespace

void add_stat(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<watch_options>();
  verb const v(app, "stat",
               "  quoit stat camera/front\n  quoit stat --all --interval 10s >> log\n"
               "  quoit stat camera/front --json\n",
               "Print a line an interval: rates, how full the ring is (by bytes, or r: by records), the "
               "largest lag, the room before publishers wait, losses. Takes no part");
  o->add_to(v);
  v.run_as(chosen, [o] {
    auto const lines = std::make_shared<int>(0);
    return watch_channels(*o, [o, lines](watch& all) {
      for (auto const& [name, w] : all.channels()) {
        if (w.is_fresh) continue;
        if (o->as_json) {
          print_json(json_of(w));
          continue;
        }
        if ((*lines)++ % lines_a_heading == 0) heading();
        show_line(w);
      }
    });
  });
}

}  // namespace cli
