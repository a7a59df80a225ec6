// SPDX-License-Identifier: BSL-1.0
#include <fmt/format.h>

#include "commands.hpp"
#include "human.hpp"
#include "json_output.hpp"
#include "output.hpp"
#include "watching.hpp"

namespace cli {

namespace {

void show(watch& all, bool as_json) {
  for (auto const& [name, w] : all.channels()) {
    if (w.is_fresh) continue;
    if (as_json) {
      print_json({{"name", name}, {"time", w.sample.time}, {"flow", to_json(w.since)}});
    } else {
      print(fmt::format("{}  {}/s  {} {} in {}\n", name, as_count(w.since.messages_a_second()), w.since.messages,
                        w.info.kind == quoit::stream ? "commits" : "messages",
                        as_time(std::chrono::nanoseconds(w.since.interval))));
    }
  }
}

}  // namespace

void add_hz(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<watch_options>();
  auto& verb = add_verb(app, "hz",
                        "  quoit hz camera/front\n  quoit hz 'camera/*' --interval 5s\n"
                        "  quoit hz camera/front --count 1 --json | jq .flow.messages_per_second\n",
                        "Show how many messages a second are published. Takes no part: nobody is slowed down");
  o->add_to(verb);
  run_as(verb, chosen, [o] { return watch_channels(*o, [o](watch& all) { show(all, o->as_json); }); });
}

}  // namespace cli
