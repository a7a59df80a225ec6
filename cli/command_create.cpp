// SPDX-License-Identifier: BSL-1.0
#include <memory>

#include <quoit/channel.hpp>

#include "channel_rules.hpp"
#include "commands.hpp"
#include "holding.hpp"

namespace cli {

namespace {

struct options {
  std::string name;
  bool replace = false;
  channel_rules rules;
  holding_options hold;
};

exit_code create(options const& o) {
  auto const rules = o.rules.options();
  auto const make = [&] {
    return o.replace ? quoit::channel::create(o.name, quoit::replace, rules) : quoit::channel::create(o.name, rules);
  };
  bool const stays = !rules.path.empty();  // in its file, whether or not anybody holds it
  if (stays && !o.hold.background && o.hold.time.empty()) {
    make();
    return exit_code::ok;
  }
  return hold_channels(o.hold, [&] {
    std::vector<quoit::channel> all;
    all.push_back(make());
    return all;
  });
}

}  // namespace

void add_create(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<options>();
  verb const v(app, "create",
               "  quoit create camera/front --capacity 64M --timestamps      and hold it until Ctrl-C\n"
               "  quoit create camera/front --capacity 64M --background      hold it from behind\n"
               "  quoit create log --file /var/lib/robot/log.quoit           in a file, which stays\n"
               "  quoit create audio --kind stream --slots 2\n",
               "Create a channel. One that is in no file lives as long as somebody holds it, so this stays");
  v.add_option("NAME", o->name, "The channel").required();
  v.add_flag("--replace", o->replace, "Retire a live channel of that name and put the new one in its place");
  v.add_flag("--background", o->hold.background, "Hold it in a process of its own, whose pid is printed");
  v.add_option("--for", o->hold.time, "Hold it for so long: 10m, 2h (until interrupted)");
  o->rules.add_to(v);
  v.run_as(chosen, [o] { return create(*o); });
}

}  // namespace cli
