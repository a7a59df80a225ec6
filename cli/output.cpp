// SPDX-License-Identifier: BSL-1.0
#include "output.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <poll.h>
#include <unistd.h>

namespace cli {

namespace {

[[noreturn]] void failed() {
  if (errno == EPIPE) throw nobody_reads();
  throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
}

}  // namespace

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) failed();
}

void flush() {
  if (std::fflush(stdout) != 0) failed();
}

void require_reader() {
  pollfd out{STDOUT_FILENO, 0, 0};
  if (::poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0) throw nobody_reads();
}

}  // namespace cli
