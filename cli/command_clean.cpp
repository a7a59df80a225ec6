// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <quoit/channel.hpp>
#include <quoit/observer.hpp>

#include "commands.hpp"
#include "names.hpp"
#include "output.hpp"
#include "rates.hpp"

namespace cli {

namespace {

struct options {
  bool dry_run = false;
};

void clean_places(quoit::listing const& l, bool dry_run) {
  auto const dead = count(quoit::observer::open(l.name, {.survive_truncation = true}).sample()).dead;
  if (dead == 0) return;
  print(fmt::format("{}{}: {} places of dead participants\n", dry_run ? "would free " : "freed ", l.name, dead));
  if (!dry_run)
    quoit::channel::open(l.name, {.mapping = {.survive_truncation = true}}).participants();  // which frees them
}

exit_code clean(options const& o) {
  exit_code code = exit_code::ok;
  for (auto const& l : quoit::channel::list()) {
    using state = decltype(l.state);
    try {
      if (l.state == state::alive) {
        clean_places(l, o.dry_run);
      } else if (l.state == state::stale) {
        if (!o.dry_run) quoit::channel::remove(l.name, quoit::if_unused);
        print(fmt::format("{} {}: its last holder has gone\n", o.dry_run ? "would remove" : "removed", l.name));
      }
    } catch (quoit::error const& e) {
      // Whatever came or went meanwhile needs no cleaning.
      bool const changed =
          e.code() == make_error_code(quoit::errc::exists) || e.code() == make_error_code(quoit::errc::no_such_channel);
      if (!changed) code = worse(code, complain(e));
    }
  }
  return code;
}

}  // namespace

void add_clean(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<options>();
  verb const v(app, "clean", "  quoit clean\n  quoit clean --dry-run\n",
               "Remove what killed processes left: names that nobody holds, places of dead participants. "
               "Nothing needs this, all of it is reused anyway");
  v.add_flag("-n,--dry-run", o->dry_run, "Change nothing");
  v.run_as(chosen, [o] { return clean(*o); });
}

}  // namespace cli
