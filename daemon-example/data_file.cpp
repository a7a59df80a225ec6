// SPDX-License-Identifier: BSL-1.0
#include "data_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace example {

namespace {

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

data_file data_file::to_read(std::string const& name) {
  if (name == "-") return {STDIN_FILENO, "standard input", true};
  data_file opened(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY), name, true);
  if (opened.fd_ < 0) throw std::runtime_error(fmt::format("cannot read {}: {}", name, reason(errno)));
  return opened;
}

data_file data_file::to_write(std::string const& name) {
  if (name == "-") return {STDOUT_FILENO, "standard output", false};
  constexpr ::mode_t all = 0666;  // less what umask says
  data_file opened(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, all), name, false);
  if (opened.fd_ < 0) throw std::runtime_error(fmt::format("cannot write {}: {}", name, reason(errno)));
  return opened;
}

void data_file::check_readable(std::string const& name) {
  if (name == "-") return;
  struct stat facts {};
  int error = 0;
  if (::stat(name.c_str(), &facts) != 0 || ::faccessat(AT_FDCWD, name.c_str(), R_OK, AT_EACCESS) != 0) error = errno;
  if (error == 0 && S_ISDIR(facts.st_mode)) error = EISDIR;
  if (error != 0) throw std::runtime_error(fmt::format("cannot read {}: {}", name, reason(error)));
}

data_file::data_file(int fd, std::string shown, bool reads) noexcept
    : fd_(fd), reads_(reads), shown_(std::move(shown)) {}

data_file::data_file(data_file&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), reads_(other.reads_), shown_(std::move(other.shown_)) {}

data_file::~data_file() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

bool data_file::is_terminal() const noexcept { return ::isatty(fd_) != 0; }

std::runtime_error data_file::failure(int error, std::string const& circumstances) const {
  return std::runtime_error(
      fmt::format("cannot {} {}: {}; {}", reads_ ? "read" : "write", shown_, reason(error), circumstances));
}

void data_file::await() const noexcept {
  pollfd wanted{fd_, static_cast<short>(reads_ ? POLLIN : POLLOUT), 0};
  ::poll(&wanted, 1, 100);
}

void data_file::close() {
  if (fd_ <= STDERR_FILENO) return;
  if (::close(std::exchange(fd_, -1)) != 0) throw failure(errno, "what was written may be lost");
}

}  // namespace example
