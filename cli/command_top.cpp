// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <chrono>
#include <memory>

#include <unistd.h>

#include "commands.hpp"
#include "human.hpp"
#include "output.hpp"
#include "screen.hpp"
#include "top_view.hpp"
#include "watching.hpp"

namespace cli {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct options {
  name_choice names;
  std::string interval = "1s";
  bool once = false;
};

void look(watch& all, top_view& view) {
  try {
    all.look();
  } catch (quoit::error const& e) {
    if (e.code() != make_error_code(quoit::errc::no_such_channel)) throw;  // one may come yet
  }
  view.take(all);
}

exit_code show_once(watch& all, top_view& view, interrupts const& signals, std::chrono::nanoseconds interval,
                    bool named) {
  look(all, view);
  signals.sleep(interval);
  if (signals.stopped()) return exit_code::interrupted;
  look(all, view);
  for (auto const& line : view.lines(terminal_size())) print(line + "\n");
  return all.channels().empty() && named ? complain_of_all(all) : exit_code::ok;
}

exit_code top(options const& o) {
  interrupts signals;
  auto names = o.names;
  names.all = names.all || names.words.empty();
  watch all(names);
  top_view view;
  auto const interval = parse_interval(o.interval);
  if (o.once) return show_once(all, view, signals, interval, !o.names.words.empty());
  screen const terminal;
  signals.watch_resize();
  look(all, view);
  for (auto next = clock::now() + interval; !signals.stopped();) {
    terminal.draw(view.lines(terminal_size()));
    bool const pressed = signals.sleep(std::max<clock::duration>(next - clock::now(), 0ns), STDIN_FILENO);
    signals.take_resize();
    if (pressed) {
      int key = read_key();
      if (key == no_key) return exit_code::ok;  // the terminal has gone
      for (; key != no_key; key = read_key()) {
        if (!view.press(key)) return exit_code::ok;
      }
    }
    if (clock::now() < next) continue;
    next = clock::now() + interval;
    if (!view.paused()) look(all, view);
  }
  return exit_code::interrupted;
}

}  // namespace

void add_top(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<options>();
  verb const v(app, "top",
               "  quoit top\n  quoit top 'camera/*' --interval 200ms\n"
               "  quoit top --once           one screen, as text\n",
               "Watch channels on a full screen: rates, fill, lag, and of the chosen one who takes part and "
               "who waits for whom. Takes no part");
  o->names.add_to(v, true);
  o->names.add_owner_to(v);
  v.add_option("-i,--interval", o->interval, "How often (1s)");
  v.add_flag("--once", o->once, "Print one screen and end");
  v.run_as(chosen, [o] { return top(*o); });
}

}  // namespace cli
