// SPDX-License-Identifier: BSL-1.0
#include "system/fd_port.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "system/calls.hpp"

namespace quoit::sys {

namespace {

transfer failed() noexcept {
  switch (errno) {
    case EINTR: return {status::interrupted, 0, 0};
    case EAGAIN: return {status::would_block, 0, 0};
    default: return {status::failed, 0, errno};
  }
}

sigset_t sigpipe_alone() noexcept {
  sigset_t set{};
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGPIPE);
  return set;
}

bool is_pending() noexcept {
  sigset_t set{};
  ::sigpending(&set);
  return ::sigismember(&set, SIGPIPE) == 1;
}

}  // namespace

fd_port::fd_port(int fd, use u) noexcept : fd_(fd), use_(u) {
  struct stat st {};
  if (sys::fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
    blocks_ = false;  // never: it has something, or is at its end
    return;
  }
  auto const flags = get_flags(fd);
  auto const other_way = u == use::read ? O_WRONLY : O_RDONLY;
  blocks_ = flags >= 0 && (flags & (O_NONBLOCK | O_PATH)) == 0 && (flags & O_ACCMODE) != other_way;
}

bool fd_port::wait_ready(std::int64_t ns) noexcept {
  pollfd p{fd_, static_cast<short>(use_ == use::read ? POLLIN : POLLOUT), 0};
  // Rounded up: a wait of less than a millisecond must not turn into a busy loop.
  auto const ms = static_cast<int>((std::min<std::int64_t>(ns, 1'000'000'000) + 999'999) / 1'000'000);
  auto const n = sys::poll(&p, 1U, ms);
  return n < 0 ? errno != EINTR : n > 0;
}

transfer fd_port::read_some(std::span<std::byte> into) noexcept {
  if (into.empty()) return {status::ok, 0, 0};
  auto const n = read(fd_, into.data(), into.size());
  if (n < 0) return failed();
  if (n == 0) return {status::end_of_file, 0, 0};
  return {status::ok, static_cast<std::size_t>(n), 0};
}

transfer fd_port::write_some(std::span<std::byte const> bytes) noexcept {
  if (bytes.empty()) return {status::ok, 0, 0};
  auto const n = write(fd_, bytes.data(), bytes.size());
  if (n < 0) return failed();
  if (n == 0) return {status::would_block, 0, 0};  // some devices do that
  return {status::ok, static_cast<std::size_t>(n), 0};
}

no_sigpipe::no_sigpipe() noexcept : was_pending_(is_pending()) {
  auto const set = sigpipe_alone();
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

no_sigpipe::~no_sigpipe() {
  auto const set = sigpipe_alone();
  // What we have caused is taken away; what was there before is somebody else's.
  timespec const at_once{};
  if (!was_pending_) {
    while (::sigtimedwait(&set, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace quoit::sys
