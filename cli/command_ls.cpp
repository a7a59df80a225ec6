// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <memory>
#include <optional>

#include <quoit/observer.hpp>

#include "commands.hpp"
#include "elapsed.hpp"
#include "human.hpp"
#include "interrupts.hpp"
#include "json_output.hpp"
#include "names.hpp"
#include "output.hpp"
#include "rates.hpp"
#include "table.hpp"

namespace cli {

namespace {

using namespace std::chrono_literals;

struct options {
  name_choice names;
  bool as_json = false;
  bool watch = false;
  std::string interval;
};

/// A channel and what has happened in it between two looks.
struct seen {
  quoit::listing entry;
  std::optional<quoit::observer> observer;
  quoit::channel_sample sample;
  flow since;
};

/// Looks at each; one that cannot be looked at is listed all the same.
std::vector<seen> first_look(name_choice const& names) {
  std::vector<seen> all;
  auto const entries = names.words.empty() && !names.all ? quoit::channel::list(names.owner) : names.find();
  for (auto const& l : entries) {
    auto& s = all.emplace_back();
    s.entry = l;
    if (l.state != decltype(l.state)::alive && l.state != decltype(l.state)::dormant) continue;
    try {
      s.observer = quoit::observer::open(l.name, {.survive_truncation = true}, names.owner);
      s.sample = s.observer->sample();
    } catch (quoit::error const& e) {
      s.entry.note = e.what();
    }
  }
  return all;
}

void second_look(std::vector<seen>& all) {
  for (auto& s : all) {
    if (!s.observer) continue;
    auto const now = s.observer->sample();
    s.since = between(s.sample, now, s.entry.kind == quoit::stream);
    s.sample = now;
  }
}

std::string age_of(seen const& s) {
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  auto const age = elapsed(s.entry.created, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  return s.entry.created == 0 ? "-" : as_time(std::chrono::nanoseconds(age));
}

std::string rate_of(seen const& s) {
  if (!s.observer) return "-";
  if (s.entry.kind == quoit::stream) return as_bytes(s.since.bytes_a_second()) + "/s";
  return as_count(s.since.messages_a_second()) + "/s";
}

/// Somebody holds it, and none of them can be reached from here.
bool is_unreachable(seen const& s) { return s.entry.state == decltype(s.entry.state)::alive && !s.entry.note.empty(); }

std::string state_of(seen const& s) {
  using state = decltype(s.entry.state);
  if (s.entry.state != state::alive) return painted(paint::yellow, name_of(s.entry.state));
  if (is_unreachable(s)) return painted(paint::red, "unreachable");
  if (s.sample.retired) return painted(paint::yellow, "retired");
  auto const dead = count(s.sample).dead;
  return dead > 0 ? painted(paint::red, std::to_string(dead) + " dead") : "alive";
}

std::string text_of(std::vector<seen> const& all) {
  table t({{"NAME"},
           {"KIND"},
           {"BACKING"},
           {"CAPACITY", align::right},
           {"PUB", align::right},
           {"SUB", align::right},
           {"RATE", align::right},
           {"AGE", align::right},
           {"STATE"}});
  for (auto const& s : all) {
    bool const known = s.entry.capacity != 0;
    auto const here = count(s.sample);
    t.add({painted(paint::bold, s.entry.name), known ? name_of(s.entry.kind) : "-",
           known ? quoit::to_string(s.entry.backing) : "-", known ? as_bytes(s.entry.capacity) : "-",
           s.observer ? std::to_string(here.publishers) : "-", s.observer ? std::to_string(here.subscribers) : "-",
           rate_of(s), age_of(s), state_of(s)});
  }
  return t.text();
}

json json_of(std::vector<seen> const& all) {
  json list = json::array();
  for (auto const& s : all) {
    auto j = to_json(s.entry);
    if (is_unreachable(s)) j["state"] = "unreachable";
    if (s.observer) {
      auto const here = count(s.sample);
      j["publishers"] = here.publishers;
      j["subscribers"] = here.subscribers;
      j["dead"] = here.dead;
      j["retired"] = s.sample.retired;
      j["flow"] = to_json(s.since);
    }
    list.push_back(std::move(j));
  }
  return {{"channels", std::move(list)}};
}

exit_code ls(options const& o) {
  interrupts signals;
  auto const interval = o.interval.empty() ? (o.watch ? 1s : 100ms) : parse_interval(o.interval);
  do {
    auto all = first_look(o.names);
    bool const any = std::any_of(all.begin(), all.end(), [](auto const& s) { return s.observer.has_value(); });
    if (any || o.watch) signals.sleep(interval);
    if (signals.stopped()) return exit_code::interrupted;
    second_look(all);
    if (o.as_json) {
      print_json(json_of(all));
    } else {
      if (o.watch && is_terminal(1)) print("\033[H\033[2J");
      print(text_of(all));
      if (o.watch && !is_terminal(1)) print("\n");
    }
    flush();
  } while (o.watch && !signals.stopped());
  return signals.stopped() ? exit_code::interrupted : exit_code::ok;
}

}  // namespace

void add_ls(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<options>();
  verb const v(app, "ls",
               "  quoit ls                    all channels, and what is left of dead ones\n"
               "  quoit ls 'camera/*'\n"
               "  quoit ls --watch            again and again\n"
               "  quoit ls --json | jq '.channels[].name'\n",
               "List channels");
  o->names.add_to(v, true);
  o->names.add_owner_to(v);
  v.add_flag("-w,--watch", o->watch, "Again and again, until interrupted");
  v.add_option("-i,--interval", o->interval, "How long to measure the rate: 100ms (with --watch: 1s)");
  v.add_flag("--json", o->as_json, "As JSON");
  v.run_as(chosen, [o] { return ls(*o); });
}

}  // namespace cli
