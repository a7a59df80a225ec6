// SPDX-License-Identifier: BSL-1.0
#include "background.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "output.hpp"

namespace cli {

namespace {

void leave_the_terminal() noexcept {
  int const nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return;
  for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, fd);
  ::close(nothing);
}

[[noreturn]] void be_the_child(std::function<exit_code(std::function<void()> const&)> const& work, int tell) {
  ::setsid();
  auto code = exit_code::failure;
  try {
    code = work([tell] {
      leave_the_terminal();
      char const done = 'y';
      [[maybe_unused]] auto const told = ::write(tell, &done, 1);
      ::close(tell);
    });
  } catch (quoit::error const& e) {
    code = complain(e);
  } catch (std::exception const& e) {
    code = complain(e);
  }
  std::fflush(nullptr);
  ::_exit(static_cast<int>(code));
}

}  // namespace

exit_code run_in_background(std::function<exit_code(std::function<void()> const& ready)> const& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  std::fflush(nullptr);
  auto const pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    ::close(ends[0]);
    be_the_child(work, ends[1]);
  }
  ::close(ends[1]);
  char answer = 0;
  auto const n = ::read(ends[0], &answer, 1);
  ::close(ends[0]);
  if (n == 1) {
    print(fmt::format("{}\n", pid));
    return exit_code::ok;
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? static_cast<exit_code>(WEXITSTATUS(status)) : exit_code::failure;
}

}  // namespace cli
