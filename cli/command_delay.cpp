// SPDX-License-Identifier: BSL-1.0
#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "elapsed.hpp"
#include "human.hpp"
#include "json_output.hpp"
#include "output.hpp"
#include "watching.hpp"

namespace cli {

namespace {

/// How long ago that was, of the channel's own clock; nothing if it is not known.
std::optional<std::int64_t> ago(watched const& w, std::int64_t time) {
  if (time == 0) return {};
  return elapsed(time, w.sample.time);
}

std::string text_of(std::optional<std::int64_t> delay) {
  return delay ? as_time(std::chrono::nanoseconds(*delay)) : "unknown";
}

json json_of(std::optional<std::int64_t> delay) { return delay ? json(*delay) : json(); }

/// The age of the oldest message that it has not read: none if it has read all.
std::optional<std::int64_t> delay_of(watched const& w, quoit::observed_participant const& p) {
  return p.lag == 0 ? std::optional<std::int64_t>(0) : ago(w, p.waiting_since);
}

void show(watched const& w, bool as_json) {
  auto const newest = ago(w, w.sample.newest_time);
  json subscribers = json::array();
  std::string text;
  for (auto const& p : w.sample.participants) {
    if (p.role == decltype(p.role)::publisher) continue;
    subscribers.push_back(
        {{"slot", p.slot}, {"pid", p.pid}, {"label", p.label}, {"lag", p.lag}, {"delay", json_of(delay_of(w, p))}});
    text += fmt::format("  slot {}, pid {}, '{}': {} behind, {} messages\n", p.slot, p.pid, p.label,
                        text_of(delay_of(w, p)), p.lag);
  }
  if (as_json) {
    print_json({{"name", w.name},
                {"time", w.sample.time},
                {"timestamps", w.info.timestamps},
                {"since_publish", json_of(newest)},
                {"subscribers", subscribers}});
    return;
  }
  print(fmt::format("{}  {}\n{}", w.name,
                    newest              ? "last published " + text_of(newest) + " ago"
                    : w.info.timestamps ? std::string("nothing published")
                                        : "without time stamps (create it with --timestamps)",
                    text));
}

}  // namespace

void add_delay(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<watch_options>();
  verb const v(app, "delay", "  quoit delay camera/front\n  quoit delay --all --json\n",
               "Show how old the oldest message is that each subscriber has not read, and how long ago the "
               "last one was published, of channels with time stamps");
  o->add_to(v);
  v.run_as(chosen, [o] {
    return watch_channels(*o, [o](watch& all) {
      for (auto const& [name, w] : all.channels()) show(w, o->as_json);
    });
  });
}

}  // namespace cli
