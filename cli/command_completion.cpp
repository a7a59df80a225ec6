// SPDX-License-Identifier: BSL-1.0
#include <quoit/channel.hpp>

#include "commands.hpp"
#include "output.hpp"

namespace cli {

namespace {

/// Made from the command line itself, so that it cannot say anything else. Names of channels are asked for when they
/// are wanted. Zsh runs it by its emulation of bash's completion.
std::string script_for(CLI::App const& app, bool zsh) {
  std::string verbs;
  std::string options;
  for (auto const* const verb : app.get_subcommands([](CLI::App const* v) { return !v->get_group().empty(); })) {
    auto names = verb->get_name();
    for (auto const& alias : verb->get_aliases()) names += "|" + alias;
    std::string words;
    for (auto const* const o : verb->get_options()) {
      for (auto const& name : o->get_lnames()) words += " --" + name;
    }
    for (auto const& name : {verb->get_name()}) verbs += " " + name;
    options += "    " + names + ") words='" + words.substr(std::min<std::size_t>(1, words.size())) + "' ;;\n";
  }
  std::string script;
  if (zsh) script += "autoload -U +X bashcompinit && bashcompinit\n";
  script +=
      "_quoit() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} words=\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W '" +
      verbs.substr(1) +
      " --help' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case ${COMP_WORDS[1]} in\n" +
      options +
      "  esac\n"
      "  case $word in\n"
      "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
      "    *) COMPREPLY=($(compgen -W \"$(quoit names 2>/dev/null)\" -- \"$word\"))\n"
      "       [ \"${COMP_WORDS[1]}\" = completion ] && COMPREPLY=($(compgen -W 'bash zsh' -- \"$word\"))\n"
      "       [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -F _quoit quoit\n";
  return script;
}

}  // namespace

void add_completion(CLI::App& app, action& chosen) {
  auto& verb = add_verb(app, "completion",
                        "  quoit completion bash > /etc/bash_completion.d/quoit\n"
                        "  source <(quoit completion zsh)\n",
                        "Print a script that completes verbs, options and names of channels");
  auto const shell = std::make_shared<std::string>();
  verb.add_option("SHELL", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  run_as(verb, chosen, [&app, shell] {
    print(script_for(app, *shell == "zsh"));
    return exit_code::ok;
  });

  auto& names = *app.add_subcommand("names", "Print the names of channels, for completion")->group("");
  run_as(names, chosen, [] {
    for (auto const& l : quoit::channel::list()) print(l.name + "\n");
    return exit_code::ok;
  });
}

}  // namespace cli
