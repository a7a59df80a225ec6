// SPDX-License-Identifier: BSL-1.0
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <iostream>
#include <quoit/quoit.hpp>
#include <string_view>

void watch(int loop, int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  ::epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

/// Receives all that is there. Whether more may come.
bool drain(quoit::subscriber& subscriber) {
  for (;;) {
    auto const message = subscriber.try_receive();
    if (message.status() == quoit::status::timeout) return true;
    if (message) {
      auto const bytes = message.bytes();
      std::string_view const line(reinterpret_cast<char const*>(bytes.data()), bytes.size());
      std::cout << message.sequence() << ": " << line << std::endl;
    } else {
      std::cout << quoit::to_string(message.status()) << std::endl;
      if (message.status() != quoit::status::closed && message.status() != quoit::status::died) return false;
    }
  }
}

int main() try {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  int const stop = ::signalfd(-1, &signals, SFD_CLOEXEC);

  auto const channel = quoit::channel::open_or_create("robot/log");
  auto subscriber = channel.subscriber({.start = quoit::oldest});
  int const news = subscriber.event_fd();

  int const loop = ::epoll_create1(EPOLL_CLOEXEC);
  watch(loop, stop);
  watch(loop, news);
  std::cout << "waiting" << std::endl;
  while (drain(subscriber)) {
    subscriber.arm();  // between the last look and the wait: nothing can come in between unnoticed
    epoll_event ready{};
    if (::epoll_wait(loop, &ready, 1, -1) == 1 && ready.data.fd == stop) break;
  }
  std::cout << "stopped" << std::endl;
  ::close(loop);
  ::close(stop);
} catch (quoit::error const& e) {
  std::cerr << "epoll_loop: " << e.what() << '\n';
  return 1;
}
