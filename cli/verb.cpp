// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"

namespace cli {

CLI::App& add_verb(CLI::App& app, char const* name, char const* examples, char const* what) {
  auto* const verb = app.add_subcommand(name, what);
  // In the list of verbs stands what it does; its own help begins with examples.
  auto const formatter = std::make_shared<CLI::Formatter>();
  formatter->column_width(34);
  verb->formatter(formatter);
  verb->footer("");
  verb->preparse_callback([verb, examples, what](std::size_t) {
    verb->description(std::string("Examples:\n") + examples + "\n" + what + ".");
  });
  return *verb;
}

}  // namespace cli
