// SPDX-License-Identifier: BSL-1.0
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <iostream>
#include <quoit/quoit.hpp>

std::atomic<bool> stop{false};
std::atomic<quoit::subscriber*> reader{nullptr};

extern "C" void on_signal(int) {
  int const saved = errno;
  stop = true;
  if (auto* const waiting = reader.load()) waiting->interrupt();
  errno = saved;
}

int main() try {
  auto const channel = quoit::channel::open_or_create("robot/log");
  auto subscriber = channel.subscriber();

  reader = &subscriber;  // from here on it is neither moved nor closed
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);

  std::cout << "reading" << std::endl;
  while (!stop) {  // messages may come so fast that it never waits
    auto const message = subscriber.receive();
    if (message) std::cout << "message " << message.sequence() << std::endl;
    if (message.status() == quoit::status::retired || message.status() == quoit::status::evicted) break;
  }
  reader = nullptr;  // before the subscriber goes
  std::cout << "stopped" << std::endl;
} catch (quoit::error const& e) {
  std::cerr << "until_told: " << e.what() << '\n';
  return 1;
}
