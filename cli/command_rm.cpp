// SPDX-License-Identifier: BSL-1.0
#include <memory>

#include <unistd.h>

#include <fmt/format.h>
#include <quoit/channel.hpp>

#include "commands.hpp"
#include "json_output.hpp"
#include "names.hpp"
#include "output.hpp"
#include "terminal.hpp"

namespace cli {

namespace {

struct options {
  name_choice names;
  bool force = false;
  bool dry_run = false;
};

exit_code rm(options const& o) {
  exit_code code = exit_code::ok;
  for (auto const& l : o.names.find()) {
    bool const live = l.state == decltype(l.state)::alive;
    auto const what =
        fmt::format("{} ({}{}{})", l.name, name_of(l.state), l.file.empty() ? "" : ", ", safe_text(l.file));
    if (o.dry_run) {
      if (live && !o.force) {
        print(fmt::format("would refuse {}: somebody holds it\n", what));
      } else {
        print(fmt::format("would {} {}\n", live ? "retire" : "remove", what));
      }
      continue;
    }
    try {
      if (o.force) {
        quoit::channel::remove(l.name);
      } else {
        quoit::channel::remove(l.name, quoit::if_unused);
      }
      bool const stays = !l.file.empty() && ::access(l.file.c_str(), F_OK) == 0;
      print(fmt::format("{} {}{}\n", live ? "retired" : "removed", what,
                        stays ? "; what is in that file is not this channel: it stays" : ""));
    } catch (quoit::error const& e) {
      if (e.code() == make_error_code(quoit::errc::exists)) {
        fmt::print(stderr, "quoit: '{}' is in use: {}\ntry: quoit info {}, or quoit rm --force {}\n", l.name,
                   safe_text(e.facts().found), l.name, l.name);
        code = worse(code, exit_code::failure);
      } else {
        code = worse(code, complain(e));
      }
    }
  }
  return code;
}

}  // namespace

void add_rm(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<options>();
  verb const v(app, "rm",
               "  quoit rm log                   the name, and its file if it has one\n"
               "  quoit rm 'test/*' --dry-run    say what would be done\n"
               "  quoit rm camera/front --force  retire it: those inside keep it until they leave\n",
               "Remove channels. One that somebody holds is left alone without --force");
  o->names.add_to(v);
  v.add_flag("--force", o->force, "Also those that somebody holds");
  v.add_flag("-n,--dry-run", o->dry_run, "Change nothing");
  v.run_as(chosen, [o] { return rm(*o); });
}

}  // namespace cli
