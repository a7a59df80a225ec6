// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exit_code.hpp"

/// \file
/// What a verb reads from the command line. CLI11 does the reading; only verb.cpp, main.cpp and the completion know it,
/// as its headers take seconds to compile.

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

/// An option of a verb, or one of its words. A handle: copies mean the same one.
class option {
 public:
  explicit option(CLI::Option& o) noexcept : option_(&o) {}

  option required() const;
  /// The two cannot be given together.
  option excludes(option const& other) const;
  option one_of(std::vector<std::string> const& words) const;
  /// Values for which `fault` gives a text are refused with it. In the help stands `what`.
  option checked(char const* what, std::function<std::string(std::string const&)> const& fault) const;
  /// Under a heading of its own in the help.
  option in_group(char const* heading) const;

  bool is_given() const noexcept;

 private:
  CLI::Option* option_;
};

/// One verb of the tool. A handle.
class verb {
 public:
  /// Its help begins with `examples`; `what` it does, without a full stop, stands in the list of verbs, too.
  verb(CLI::App& app, char const* name, char const* examples, char const* what);

  void alias(char const* name) const;
  /// `value` is what it is if nothing is given. It must live until the verb is run. T: std::string or several of them,
  /// a number, or a number that may be missing.
  template <class T>
  option add_option(char const* names, T& value, char const* what) const;
  option add_flag(char const* names, bool& value, char const* what) const;
  /// Called when all of the line is read; for what options must be together. See is_missing.
  void when_read(std::function<void()> check) const;
  /// `chosen` becomes `what` if this verb is on the command line.
  void run_as(action& chosen, action what) const;

 private:
  CLI::App* app_;
};

/// A usage error: `what` is required.
[[noreturn]] void is_missing(char const* what);

}  // namespace cli
