// SPDX-License-Identifier: BSL-1.0
#include "interrupts.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cli {

namespace {

// What the handler touches: atomics that need no lock.
std::atomic<bool> stop_wanted{false};
std::atomic<bool> resized{false};
std::atomic<int> wake_fd{-1};
std::atomic<interrupt_guard const*> guarded{nullptr};

void wake() noexcept {
  std::uint64_t const one = 1;
  [[maybe_unused]] auto const written = ::write(wake_fd, &one, sizeof one);  // fails only when it is readable already
}

extern "C" void on_signal(int number) {
  int const saved = errno;
  if (number == SIGWINCH) {
    resized = true;
  } else {
    stop_wanted = true;
    if (auto const* guard = guarded.load()) guard->interrupt();
  }
  wake();
  errno = saved;
}

void install(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  if (::sigaction(number, &action, nullptr) != 0) throw std::system_error(errno, std::system_category(), "sigaction");
}

}  // namespace

interrupts::interrupts() {
  wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  for (int const number : {SIGINT, SIGTERM, SIGHUP}) install(number, on_signal);
  install(SIGPIPE, SIG_IGN);
}

interrupts::~interrupts() {
  for (int const number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) std::signal(number, SIG_DFL);
  ::close(wake_fd.exchange(-1));
}

void interrupts::watch_resize() { install(SIGWINCH, on_signal); }

bool interrupts::stopped() const noexcept { return stop_wanted; }

bool interrupts::take_resize() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] auto const taken = ::read(wake_fd, &count, sizeof count);
  return resized.exchange(false);
}

bool interrupts::sleep(std::chrono::nanoseconds time, int or_readable) const noexcept {
  using namespace std::chrono;
  auto const until = steady_clock::now() + time;
  while (!stopped() && !resized) {
    auto const left = duration_cast<nanoseconds>(until - steady_clock::now());
    if (left <= 0ns) return false;
    timespec const limit{static_cast<std::time_t>(left / 1s), static_cast<long>((left % 1s).count())};
    pollfd fds[2] = {{wake_fd, POLLIN, 0}, {or_readable, POLLIN, 0}};
    if (::ppoll(fds, 2, &limit, nullptr) > 0 && fds[1].revents != 0) return true;
  }
  return false;
}

// A signal that came before the guard was there has interrupted nobody, so the role is told now.
void interrupt_guard::enter() noexcept {
  guarded = this;
  if (stop_wanted) interrupt();
}

interrupt_guard::~interrupt_guard() { guarded = nullptr; }

}  // namespace cli
