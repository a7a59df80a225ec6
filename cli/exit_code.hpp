// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>
#include <functional>
#include <string>

#include <quoit/error.hpp>
#include <quoit/status.hpp>

namespace cli {

/// How the program ends. Part of its interface: docs/guide/cli.md.
enum class exit_code : int {
  ok = 0,
  failure = 1,
  usage = 2,
  no_such_channel = 3,
  permission = 4,
  incompatible = 5,
  nothing_came = 6,
  loss = 7,
  interrupted = 130,
};

/// What a verb does once the command line is read.
using action = std::function<exit_code()>;

exit_code code_of(quoit::error const& e) noexcept;

/// Of a wait that has ended with this.
exit_code code_of(quoit::status s) noexcept;

/// What the library says of its interface, in words of the tool's.
std::string in_options(std::string text);

/// Says on standard error what went wrong and what to try next. The code that the program should end with.
exit_code complain(quoit::error const& e);
exit_code complain(std::exception const& e);

/// The worse one of two, for verbs that go through several channels.
exit_code worse(exit_code a, exit_code b) noexcept;

}  // namespace cli
