// SPDX-License-Identifier: BSL-1.0

/// \file
/// `quoit`: channels from a shell. One verb, one file: command_ls.cpp and so on. What verbs have in common: which
/// channels are meant (names), numbers (human), tables and colours (table, terminal), --json (json_output), signals
/// (interrupts), standard output (output), and how it ends (exit_code).

#include <new>
#include <stdexcept>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "exit_code.hpp"
#include "output.hpp"

namespace {

constexpr auto* about =
    "Examples:\n"
    "  quoit ls                                 what channels there are\n"
    "  quoit info camera/front                  who is in one, and who waits for whom\n"
    "  dmesg -w | quoit pub --create log        publish lines\n"
    "  quoit sub log                            show them\n"
    "  quoit top                                watch all of them\n"
    "\n"
    "Named channels over a shared ring of memory between processes.";

int usage(CLI::App const& app, char const* what) {
  fmt::print(stderr, "quoit: {}\n", what);
  std::string verb;
  for (auto const* const sub : app.get_subcommands()) verb = sub->get_name() + " ";
  fmt::print(stderr, "try: quoit {}--help\n", verb);
  return static_cast<int>(cli::exit_code::usage);
}

int usage(CLI::App& app, CLI::ParseError const& e) {
  return e.get_exit_code() == 0 ? app.exit(e) : usage(app, e.what());  // 0: --help
}

int run(CLI::App& app, cli::action const& chosen) {
  try {
    auto const code = chosen();
    cli::flush();
    return static_cast<int>(code);
  } catch (cli::nobody_reads const&) {
    return static_cast<int>(cli::exit_code::ok);
  } catch (CLI::ParseError const& e) {
    return usage(app, e);
  } catch (std::invalid_argument const& e) {  // a value that only the verb can judge
    return usage(app, e.what());
  } catch (quoit::error const& e) {
    return static_cast<int>(cli::complain(e));
  } catch (std::exception const& e) {
    return static_cast<int>(cli::complain(e));
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(about, "quoit");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.set_version_flag("-V,--version", cli::version_text, "As the verb version");
  cli::action chosen;
  cli::add_ls(app, chosen);
  cli::add_info(app, chosen);
  cli::add_create(app, chosen);
  cli::add_rm(app, chosen);
  cli::add_clean(app, chosen);
  cli::add_hold(app, chosen);
  cli::add_pub(app, chosen);
  cli::add_sub(app, chosen);
  cli::add_hz(app, chosen);
  cli::add_bw(app, chosen);
  cli::add_delay(app, chosen);
  cli::add_stat(app, chosen);
  cli::add_top(app, chosen);
  cli::add_dump(app, chosen);
  cli::add_doctor(app, chosen);
  cli::add_bench(app, chosen);
  cli::add_completion(app, chosen);
  cli::add_version(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    bool const is_verb = argc < 2 || argv[1][0] == '-' || !app.get_subcommands().empty();
    return is_verb ? usage(app, e) : usage(app, fmt::format("there is no verb '{}'", argv[1]).c_str());
  }
  return run(app, chosen);
}
