// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <quoit/channel.hpp>

#include "commands.hpp"
#include "output.hpp"

namespace cli {

namespace {

// Scripts are made from the command line itself, so that they cannot say anything else. Names of channels are asked for
// when they are wanted.

std::vector<CLI::App const*> verbs_of(CLI::App const& app) {
  return app.get_subcommands([](CLI::App const* v) { return !v->get_group().empty(); });
}

/// The verb as a pattern of `case`, with its aliases.
std::string pattern_of(CLI::App const& verb) {
  auto names = verb.get_name();
  for (auto const& alias : verb.get_aliases()) names += "|" + alias;
  return names;
}

std::string bash_script(CLI::App const& app) {
  std::string verbs;
  std::string options;
  for (auto const* const verb : verbs_of(app)) {
    std::string words;
    for (auto const* const o : verb->get_options()) {
      for (auto const& name : o->get_lnames()) words += " --" + name;
    }
    verbs += " " + verb->get_name();
    options +=
        "    " + pattern_of(*verb) + ") words='" + words.substr(std::min<std::size_t>(1, words.size())) + "' ;;\n";
  }
  return "_quoit() {\n"
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
}

/// "'word:what it is'", as zsh's _describe reads it.
std::string described(std::string const& word, std::string const& what) {
  std::string text = "'" + word + ":";
  for (char const c : what) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// What a verb is for stands in its description behind the examples.
std::string last_line(std::string const& text) { return text.substr(text.find_last_of('\n') + 1); }

std::string zsh_script(CLI::App const& app) {
  std::string verbs;
  std::string options;
  for (auto const* const verb : verbs_of(app)) {
    verbs += "    " + described(verb->get_name(), last_line(verb->get_description())) + "\n";
    options += "    " + pattern_of(*verb) + ") choices=(\n";
    for (auto const* const o : verb->get_options()) {
      for (auto const& name : o->get_lnames())
        options += "      " + described("--" + name, o->get_description()) + "\n";
    }
    options += "    ) ;;\n";
  }
  return "#compdef quoit\n"
         "_quoit() {\n"
         "  local -a choices\n"
         "  if (( CURRENT == 2 )); then\n"
         "    choices=(\n" +
         verbs +
         "    )\n"
         "    _describe -t verbs verb choices\n"
         "    return\n"
         "  fi\n"
         "  case $words[2] in\n" +
         options +
         "  esac\n"
         "  if [[ $words[CURRENT] == -* ]]; then\n"
         "    _describe -o -t options option choices\n"
         "    return\n"
         "  fi\n"
         "  if [[ $words[2] == completion ]]; then\n"
         "    choices=(bash zsh)\n"
         "  else\n"
         "    choices=(${(f)\"$(quoit names 2>/dev/null)\"})\n"
         "  fi\n"
         "  compadd -a choices || _files\n"
         "}\n"
         "if [[ $funcstack[1] == _quoit ]]; then _quoit \"$@\"; else compdef _quoit quoit; fi\n";
}

exit_code print_names() {
  for (auto const& l : quoit::channel::list()) print(l.name + "\n");
  return exit_code::ok;
}

}  // namespace

void add_completion(CLI::App& app, action& chosen) {
  verb const v(app, "completion",
               "  source <(quoit completion bash)\n"
               "  source <(quoit completion zsh)\n",
               "Print a script that completes verbs, options and names of channels");
  auto const shell = std::make_shared<std::string>();
  v.add_option("SHELL", *shell, "bash or zsh").required().one_of({"bash", "zsh"});
  v.run_as(chosen, [&app, shell] {
    print(*shell == "zsh" ? zsh_script(app) : bash_script(app));
    return exit_code::ok;
  });

  auto* const names = app.add_subcommand("names", "Print the names of channels, for completion")->group("");
  names->final_callback([&chosen] { chosen = print_names; });
}

}  // namespace cli
