// SPDX-License-Identifier: BSL-1.0
#include "signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace example {

namespace {

// What the handler touches. A handler may use atomics only if they need no lock.
std::atomic<bool> stop_wanted{false};
std::atomic<bool> resized{false};
std::atomic<int> wake_fd{-1};
std::atomic<interrupt_guard const*> guarded{nullptr};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free &&
              std::atomic<interrupt_guard const*>::is_always_lock_free);

struct sigaction old_int {};
struct sigaction old_term {};
struct sigaction old_winch {};
bool watching_resize = false;

extern "C" void on_signal(int number) {
  int const saved = errno;
  if (number == SIGWINCH) {
    resized = true;
  } else {
    stop_wanted = true;
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(wake_fd, &one, sizeof one);  // It only fails when already readable.
  }
  if (auto const* guard = guarded.load()) guard->interrupt();
  errno = saved;
}

void install(int number, struct sigaction& old) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  if (::sigaction(number, &action, &old) != 0) throw std::system_error(errno, std::system_category(), "sigaction");
}

}  // namespace

signals::signals() {
  int const fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  wake_fd = fd;
  install(SIGINT, old_int);
  install(SIGTERM, old_term);
}

signals::~signals() {
  if (watching_resize) ::sigaction(SIGWINCH, &old_winch, nullptr);
  ::sigaction(SIGTERM, &old_term, nullptr);
  ::sigaction(SIGINT, &old_int, nullptr);
  ::close(wake_fd.exchange(-1));
}

void signals::watch_resize() {
  install(SIGWINCH, old_winch);
  watching_resize = true;
}

bool signals::stop() const noexcept { return stop_wanted; }

bool signals::take_resize() noexcept { return resized.exchange(false); }

void signals::sleep_until(clock::time_point when) const noexcept {
  using namespace std::chrono;
  while (!stop()) {
    auto const left = duration_cast<nanoseconds>(when - clock::now());
    if (left <= 0ns) return;
    timespec const limit{static_cast<std::time_t>(left / 1s), static_cast<long>((left % 1s).count())};
    pollfd wake{wake_fd, POLLIN, 0};
    ::ppoll(&wake, 1, &limit, nullptr);
  }
}

// A signal that came before the guard was there has interrupted nobody, so the role is told now.
void interrupt_guard::enter() noexcept {
  guarded = this;
  if (stop_wanted) interrupt();
}

interrupt_guard::~interrupt_guard() { guarded = nullptr; }

}  // namespace example
