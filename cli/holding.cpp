// SPDX-License-Identifier: BSL-1.0
#include "holding.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>
#include <quoit/keeper.hpp>

#include "background.hpp"
#include "human.hpp"
#include "interrupts.hpp"
#include "terminal.hpp"

namespace cli {

namespace {

using namespace std::chrono_literals;

exit_code stay(std::vector<quoit::channel> const& held, holding_options const& o, interrupts& signals) {
  auto const until = std::chrono::steady_clock::now() + (o.time.empty() ? 24h * 36'500 : parse_time(o.time));
  for (;;) {
    auto const left = until - std::chrono::steady_clock::now();
    if (left <= 0ns) return exit_code::ok;
    signals.sleep(std::min<std::chrono::nanoseconds>(left, 500ms));
    if (signals.stopped()) return exit_code::interrupted;
    if (std::all_of(held.begin(), held.end(), [](auto const& c) { return c.retired(); })) {
      fmt::print(stderr, "quoit: retired: the name leads elsewhere now\n");
      return exit_code::ok;
    }
  }
}

}  // namespace

exit_code hold_channels(holding_options const& o, std::function<std::vector<quoit::channel>()> const& open) {
  if (!o.time.empty()) parse_time(o.time);  // says at once what is wrong with it
  auto const work = [&](std::function<void()> const& ready) {
    interrupts signals;
    auto const held = open();
    std::vector<quoit::keeper> keepers;
    for (auto const& c : held) {
      if (o.keeper) keepers.emplace_back(c);
    }
    if (!o.background && is_terminal(2)) {
      std::string names;
      for (auto const& c : held) names += " " + c.info().name;
      fmt::print(stderr, "quoit: holding{}; Ctrl-C lets go\n", names);
    }
    ready();
    return stay(held, o, signals);
  };
  return o.background ? run_in_background(work) : work([] {});
}

}  // namespace cli
