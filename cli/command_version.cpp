// SPDX-License-Identifier: BSL-1.0
#include <fmt/format.h>
#include <quoit/version.hpp>

#include "commands.hpp"
#include "json_output.hpp"
#include "output.hpp"

namespace cli {

namespace {

std::string as_text(quoit::versions const& v) {
  return fmt::format("quoit {}, layout {} of channels, {} of registry files", v.library, v.layout, v.registry);
}

}  // namespace

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
      print(as_text(v) + "\n");
    }
    return exit_code::ok;
  });
  app.set_version_flag(
      "-V,--version", [] { return as_text(quoit::library_versions()); }, "As the verb version");
}

}  // namespace cli
