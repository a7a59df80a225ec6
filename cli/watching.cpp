// SPDX-License-Identifier: BSL-1.0
#include "watching.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "human.hpp"
#include "output.hpp"

namespace cli {

using namespace std::chrono_literals;

void watch::look() {
  std::vector<quoit::listing> there;
  try {
    there = names_.find();
    had_some_ = true;
  } catch (quoit::error const& e) {
    if (!had_some_ || e.code() != make_error_code(quoit::errc::no_such_channel)) throw;
  }
  notes_.clear();
  std::erase_if(channels_, [&](auto const& c) {
    return c.second.sample.retired ||
           std::none_of(there.begin(), there.end(), [&](auto const& l) { return l.name == c.first; });
  });
  for (auto const& l : there) {
    if (l.state != decltype(l.state)::alive && l.state != decltype(l.state)::dormant) {
      if (!l.note.empty()) notes_[l.name] = l.note;
      continue;
    }
    try {
      auto at = channels_.find(l.name);
      if (at == channels_.end()) {
        watched w{l.name, {}, quoit::observer::open(l.name, {.survive_truncation = true}, names_.owner), {}, {}, true};
        w.info = w.observer.info();
        w.sample = w.observer.sample();
        channels_.emplace(l.name, std::move(w));
        continue;
      }
      auto& w = at->second;
      auto now = w.observer.sample();
      w.since = between(w.sample, now, w.info.kind == quoit::stream);
      w.sample = std::move(now);
      w.is_fresh = false;
    } catch (quoit::error const& e) {
      notes_[l.name] = e.what();
    }
  }
}

void watch_options::add_to(verb const& v) {
  names.add_to(v);
  names.add_owner_to(v);
  v.add_option("-i,--interval", interval, "How long to measure (1s)");
  v.add_option("-n,--count", count, "Stop after so many intervals");
  v.add_flag("--json", as_json, "One JSON object a line, for each channel and interval");
}

exit_code complain_of_all(watch const& all) {
  for (auto const& [name, why] : all.notes()) fmt::print(stderr, "quoit: '{}': {}\n", name, in_options(why));
  if (all.notes().empty()) {
    fmt::print(stderr, "quoit: no channel is there to look at\ntry: quoit ls\n");
    return exit_code::no_such_channel;
  }
  fmt::print(stderr, "try: quoit doctor\n");
  return exit_code::permission;
}

exit_code watch_channels(watch_options const& o, std::function<void(watch&)> const& show, glances const& between) {
  using clock = std::chrono::steady_clock;
  interrupts signals;
  auto const interval = parse_interval(o.interval);
  watch all(o.names);
  all.look();
  if (all.channels().empty()) return complain_of_all(all);
  auto next = clock::now();
  for (std::uint64_t i = 0; !o.count || i < *o.count; ++i) {
    next += interval;
    while (between.glance && clock::now() + between.every < next && !signals.stopped()) {
      between.glance(all);
      signals.sleep(between.every);
    }
    signals.sleep(next - clock::now());
    if (signals.stopped()) return exit_code::interrupted;
    require_reader();
    all.look();
    if (all.channels().empty()) {
      fmt::print(stderr, "quoit: no channel is left to look at\n");
      break;
    }
    show(all);
    flush();
  }
  return exit_code::ok;
}

}  // namespace cli
