// SPDX-License-Identifier: BSL-1.0
#include <cmath>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "commands.hpp"
#include "human.hpp"
#include "intervals.hpp"
#include "json_output.hpp"
#include "output.hpp"
#include "watching.hpp"

namespace cli {

namespace {

using times_of = std::map<std::string, message_times>;

json as_object(std::optional<interval_statistics> const& i, bool exact) {
  if (!i) return nullptr;
  return {{"count", i->count()},
          {"min", i->min()},
          {"max", i->max()},
          {"mean", std::llround(i->mean())},
          {"standard_deviation", std::llround(i->standard_deviation())},
          {"precision", exact ? 1 : std::chrono::nanoseconds(message_times::precision).count()}};
}

std::string as_text(interval_statistics const& i, bool exact) {
  auto const time = [](double ns) { return as_time(std::chrono::nanoseconds(std::llround(ns))); };
  return fmt::format("  min {} max {} std dev {}{}", time(static_cast<double>(i.min())),
                     time(static_cast<double>(i.max())), time(i.standard_deviation()), exact ? "" : " (to 1 ms)");
}

void show(watch& all, times_of& times, bool as_json) {
  std::erase_if(times, [&](auto const& t) { return !all.channels().contains(t.first); });
  for (auto const& [name, w] : all.channels()) {
    auto const between = times[name].take(w);
    if (w.is_fresh) continue;
    if (as_json) {
      print_json({{"name", name},
                  {"time", w.sample.time},
                  {"flow", to_json(w.since)},
                  {"intervals", as_object(between, w.info.timestamps)}});
    } else {
      print(fmt::format("{}  {}/s  {} {} in {}{}\n", name, as_count(w.since.messages_a_second()), w.since.messages,
                        w.info.kind == quoit::stream ? "commits" : "messages",
                        as_time(std::chrono::nanoseconds(w.since.interval)),
                        between ? as_text(*between, w.info.timestamps) : ""));
    }
  }
}

exit_code hz(watch_options const& o) {
  times_of times;
  auto const glance = [&](watch const& all) {
    for (auto const& [name, w] : all.channels()) times[name].glance(w);
  };
  return watch_channels(o, [&](watch& all) { show(all, times, o.as_json); }, {message_times::precision, glance});
}

}  // namespace

void add_hz(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<watch_options>();
  verb const v(app, "hz",
               "  quoit hz camera/front\n  quoit hz 'camera/*' --interval 5s\n"
               "  quoit hz camera/front --count 1 --json | jq .flow.messages_per_second\n",
               "Show how many messages a second are published, and how regularly. Takes no part: nobody is slowed "
               "down");
  o->add_to(v);
  v.run_as(chosen, [o] { return hz(*o); });
}

}  // namespace cli
