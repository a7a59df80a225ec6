// SPDX-License-Identifier: BSL-1.0
#include <fmt/format.h>
#include <quoit/version.hpp>

#include "commands.hpp"
#include "json_output.hpp"
#include "output.hpp"

namespace cli {

void add_version(CLI::App& app, action& chosen) {
  auto& verb = add_verb(app, "version", "  quoit version\n  quoit version --json\n",
                        "Show the version of the library, and the layouts that it knows");
  auto const as_json = std::make_shared<bool>(false);
  verb.add_flag("--json", *as_json, "As JSON");
  run_as(verb, chosen, [as_json] {
    auto const v = quoit::library_versions();
    if (*as_json) {
      print_json({{"version", v.library}, {"layout", v.layout}, {"registry", v.registry}});
    } else {
      print(fmt::format("quoit {}, layout {} of channels, {} of registry files\n", v.library, v.layout, v.registry));
    }
    return exit_code::ok;
  });
}

}  // namespace cli
