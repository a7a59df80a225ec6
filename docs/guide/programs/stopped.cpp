// SPDX-License-Identifier: BSL-1.0
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace std::chrono_literals;

/// Starts a subscriber that reads nothing, as it is stopped.
pid_t start_stopped(quoit::delivery delivery) {
  auto const child = ::fork();
  if (child == 0) {
    auto const subscriber = quoit::channel::open("demo/stopped").subscriber({.delivery = delivery});
    ::raise(SIGSTOP);
    std::_Exit(0);
  }
  ::waitpid(child, nullptr, WUNTRACED);
  return child;
}

int main() try {
  auto const channel = quoit::channel::create("demo/stopped", {.capacity = 4096});
  auto publisher = channel.publisher();
  auto const publish = [&](std::chrono::nanoseconds timeout) {
    return publisher.publish(std::as_bytes(std::span(std::string_view("a line"))), 0, timeout).status;
  };
  for (auto const delivery : {quoit::lossy, quoit::reliable}) {
    auto const child = start_stopped(delivery);
    auto status = quoit::status::ok;
    for (int i = 0; i < 10'000 && status == quoit::status::ok; ++i) status = publish(0ns);
    std::cout << (delivery == quoit::lossy ? "lossy" : "reliable") << ", stopped: " << quoit::to_string(status) << '\n';
    ::kill(child, SIGKILL);
    std::cout << "killed: " << quoit::to_string(publish(10s)) << std::endl;
    ::waitpid(child, nullptr, 0);
  }
} catch (quoit::error const& e) {
  std::cerr << "stopped: " << e.what() << '\n';
  return 1;
}
