// SPDX-License-Identifier: BSL-1.0
#include "run_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "arguments.hpp"

namespace example {

namespace {

/// If a standard descriptor is closed, the next file to be opened would get its number, and be read or written as that.
/// So something takes its place that can be neither.
void occupy_standard_descriptors() noexcept {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    [[maybe_unused]] auto const same = ::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

void say(char const* program, std::string_view what) noexcept {
  try {
    fmt::print(stderr, "{}: {}\n", program, what);
  } catch (std::exception const&) {
    // fmt throws where printf would only say so.
  }
}

int run_program(char const* name, std::function<int()> const& body) {
  occupy_standard_descriptors();
  try {
    return body();
  } catch (usage_error const& wrong) {
    say(name, wrong.what());
    return 2;
  } catch (std::exception const& failure) {
    // quoit::error is one of these: its text says what was tried, what was found, and what to do.
    say(name, failure.what());
    return 1;
  }
}

}  // namespace example
