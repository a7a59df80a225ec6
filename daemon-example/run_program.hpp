// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string_view>

namespace example {

/// One line on standard error. If that cannot be written to, nobody wants it.
void say(char const* program, std::string_view what) noexcept;

/// Runs a program's body, which returns the exit status. What it throws becomes one line on standard error, and 2 for a
/// `usage_error`, 1 for everything else.
int run_program(char const* name, std::function<int()> const& body);

}  // namespace example
