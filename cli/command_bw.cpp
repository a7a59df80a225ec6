// SPDX-License-Identifier: BSL-1.0
#include <memory>

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
      continue;
    }
    auto const mean = w.since.messages == 0 ? 0 : w.since.bytes / w.since.messages;
    print(fmt::format("{}  {}/s  {} in {}, {} each\n", name, as_bytes(w.since.bytes_a_second()),
                      as_bytes(w.since.bytes), as_time(std::chrono::nanoseconds(w.since.interval)), as_bytes(mean)));
  }
}

}  // namespace

void add_bw(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<watch_options>();
  verb const v(app, "bw", "  quoit bw camera/front\n  quoit bw --all --interval 5s\n",
               "Show how many bytes a second are published. Takes no part: nobody is slowed down");
  o->add_to(v);
  v.run_as(chosen, [o] { return watch_channels(*o, [o](watch& all) { show(all, o->as_json); }); });
}

}  // namespace cli
