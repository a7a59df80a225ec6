// SPDX-License-Identifier: BSL-1.0
#include <memory>

#include <quoit/channel.hpp>

#include "commands.hpp"
#include "holding.hpp"
#include "names.hpp"

namespace cli {

namespace {

struct options {
  name_choice names;
  holding_options hold;
};

exit_code hold(options const& o) {
  return hold_channels(o.hold, [&] {
    std::vector<quoit::channel> all;
    for (auto const& l : o.names.find())
      all.push_back(quoit::channel::open(l.name, {.owner = o.names.owner, .mapping = {.survive_truncation = true}}));
    return all;
  });
}

}  // namespace

void add_hold(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<options>();
  verb const v(app, "hold",
               "  quoit hold camera/front             until Ctrl-C\n"
               "  quoit hold 'camera/*' --background  from behind; its pid is printed\n"
               "  quoit hold log --for 10m\n"
               "  quoit hold log --keeper             for containers and other users, too\n",
               "Keep channels and what is in them while nobody else does. Takes no place");
  o->names.add_to(v);
  o->names.add_owner_to(v);
  v.add_flag("--background", o->hold.background, "In a process of its own, whose pid is printed");
  v.add_flag("--keeper", o->hold.keeper, "Hand them to those who cannot open them otherwise (see the guide: memory)");
  v.add_option("--for", o->hold.time, "For so long: 10m, 2h (until interrupted)");
  v.run_as(chosen, [o] { return hold(*o); });
}

}  // namespace cli
