// SPDX-License-Identifier: BSL-1.0
#include "run_program.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "arguments.hpp"

namespace example {

int run_program(char const* name, std::function<int()> const& body) {
  try {
    return body();
  } catch (usage_error const& wrong) {
    fmt::print(stderr, "{}: {}\n", name, wrong.what());
    return 2;
  } catch (std::exception const& failure) {
    // quoit::error is one of these: its text says what was tried, what was found, and what to do.
    fmt::print(stderr, "{}: {}\n", name, failure.what());
    return 1;
  }
}

}  // namespace example
