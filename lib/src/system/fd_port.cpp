// SPDX-License-Identifier: BSL-1.0
#include "system/fd_port.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>

#include <signal.h>

#include "system/calls.hpp"

namespace quoit::sys {

namespace {

constexpr int most_false_alarms = 16;

sigset_t sigpipe_alone() noexcept {
  sigset_t set{};
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGPIPE);
  return set;
}

/// While it lives, a SIGPIPE of this thread stays pending; `swallow` takes away the one that a write has just caused.
class no_sigpipe {
 public:
  no_sigpipe() noexcept {
    auto const set = sigpipe_alone();
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
    if (::sigismember(&before_, SIGPIPE) != 1) return;
    sigset_t pending{};
    ::sigpending(&pending);
    others_ = ::sigismember(&pending, SIGPIPE) == 1;
  }
  no_sigpipe(no_sigpipe const&) = delete;
  no_sigpipe& operator=(no_sigpipe const&) = delete;
  ~no_sigpipe() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  /// Ours is the thread's own, and such a one is taken before one that was sent to the process. If the caller had
  /// blocked the signal, and one was pending, then that one stays.
  void swallow() const noexcept {
    if (others_) return;
    auto const set = sigpipe_alone();
    timespec const at_once{};
    while (::sigtimedwait(&set, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }

 private:
  sigset_t before_{};
  bool others_ = false;
};

}  // namespace

fd_port::fd_port(int fd, use u) noexcept : fd_(fd), use_(u) {
  struct stat st {};
  is_file_ = sys::fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
  if (is_file_) return;  // it has something, or is at its end, but never waits
  auto const flags = get_flags(fd);
  auto const other_way = u == use::read ? O_WRONLY : O_RDONLY;
  blocks_ = flags >= 0 && (flags & (O_NONBLOCK | O_PATH)) == 0 && (flags & O_ACCMODE) != other_way;
}

bool fd_port::wait_ready(std::int64_t ns) noexcept {
  if (!polled_) at_once_ = polled_ = true;
  pollfd p{fd_, static_cast<short>(use_ == use::read ? POLLIN : POLLOUT), 0};
  // Rounded up: a wait of less than a millisecond must not turn into a busy loop.
  auto const ms = static_cast<int>((std::min<std::int64_t>(ns, 1'000'000'000) + 999'999) / 1'000'000);
  auto const n = sys::poll(&p, 1U, ms);
  return n < 0 ? errno != EINTR : n > 0;
}

transfer fd_port::failure() noexcept {
  switch (errno) {
    case EINTR: return {status::interrupted, 0, 0};
    case EAGAIN:
      if (!polled_) return {status::would_block, 0, 0};
      // A device that says that it is ready and then is not, again and again, is asked in its own way.
      if (++false_alarms_ > most_false_alarms) at_once_ = false;
      return {status::interrupted, 0, 0};
    default: return {status::failed, 0, errno};
  }
}

transfer fd_port::read_some(std::span<std::byte> into) noexcept {
  if (into.empty()) return {status::ok, 0, 0};
  auto n = at_once_ ? read_at_once(fd_, into.data(), into.size()) : read(fd_, into.data(), into.size());
  if (n < 0 && at_once_ && (errno == EOPNOTSUPP || errno == ENOSYS)) {
    at_once_ = false;
    n = read(fd_, into.data(), into.size());
  }
  if (n < 0) return failure();
  if (n == 0) return {status::end_of_file, 0, 0};
  return {status::ok, static_cast<std::size_t>(n), 0};
}

std::int64_t fd_port::write_once(std::span<std::byte const> bytes) noexcept {
  if (at_once_) {
    auto const n = write_at_once(fd_, bytes.data(), bytes.size());
    if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS)) return n;
    at_once_ = false;
  }
  // A pipe that is ready takes so much without waiting.
  auto const size = polled_ ? std::min<std::size_t>(bytes.size(), PIPE_BUF) : bytes.size();
  return write(fd_, bytes.data(), size);
}

transfer fd_port::write_some(std::span<std::byte const> bytes) noexcept {
  if (bytes.empty()) return {status::ok, 0, 0};
  std::int64_t n = 0;
  if (is_file_) {
    n = write_once(bytes);
  } else {
    no_sigpipe const guard;
    n = write_once(bytes);
    if (n < 0 && errno == EPIPE) {
      guard.swallow();
      return {status::failed, 0, EPIPE};
    }
  }
  if (n < 0) return failure();
  if (n == 0) return {status::would_block, 0, 0};  // some devices do that
  return {status::ok, static_cast<std::size_t>(n), 0};
}

}  // namespace quoit::sys
