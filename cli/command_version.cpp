// SPDX-License-Identifier: BSL-1.0
#include <memory>

#include <fmt/format.h>
#include <quoit/version.hpp>

#include "commands.hpp"
#include "json_output.hpp"
#include "output.hpp"

namespace cli {

std::string version_text() {
  auto const v = quoit::library_versions();
  return fmt::format("quoit {}, layout {} of channels, {} of registry files", v.library, v.layout, v.registry);
}

void add_version(CLI::App& app, action& chosen) {
  verb const v(app, "version", "  quoit version\n  quoit version --json\n",
               "Show the version of the library, and the layouts that it knows");
  auto const as_json = std::make_shared<bool>(false);
  v.add_flag("--json", *as_json, "As JSON");
  v.run_as(chosen, [as_json] {
    if (*as_json) {
      auto const of = quoit::library_versions();
      print_json({{"version", of.library}, {"layout", of.layout}, {"registry", of.registry}});
    } else {
      print(version_text() + "\n");
    }
    return exit_code::ok;
  });
}

}  // namespace cli
