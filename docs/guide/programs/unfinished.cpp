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

/// In a child: reserves, and stops before it commits.
void reserve_and_stop() {
  auto publisher = quoit::channel::open("demo/unfinished").publisher({.label = "child"});
  auto const room = publisher.reserve(100);
  ::raise(SIGSTOP);
}

int main() try {
  auto const channel = quoit::channel::create("demo/unfinished", {.records = 64, .publishers = 2});
  auto subscriber = channel.subscriber();
  auto const child = ::fork();
  if (child < 0) return 1;
  if (child == 0) {
    reserve_and_stop();
    std::_Exit(0);
  }
  ::waitpid(child, nullptr, WUNTRACED);  // until it is stopped

  auto publisher = channel.publisher({.label = "parent"});
  auto const publish = [&](std::chrono::nanoseconds timeout) {
    return publisher.publish(std::as_bytes(std::span(std::string_view("a line"))), 0, timeout);
  };
  for (int i = 0; i < 3; ++i) std::cout << "committed as number " << publish(1s).sequence << '\n';
  std::cout << "received: " << quoit::to_string(subscriber.receive(300ms).status()) << '\n';
  int more = 0;
  while (publish(0s)) ++more;
  std::cout << more << " more, then: " << quoit::to_string(publish(100ms).status) << '\n';

  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  std::cout << "killed\n";
  int received = 0;
  for (auto status = quoit::status::ok; status != quoit::status::timeout;) {
    auto const message = subscriber.receive(500ms);
    status = message.status();
    if (message && ++received == 1) std::cout << "first received: " << message.sequence() << '\n';
    if (status == quoit::status::died) std::cout << "an end: died\n";
  }
  std::cout << received << " received; to publish: " << quoit::to_string(publish(1s).status) << '\n';
} catch (quoit::error const& e) {
  std::cerr << "unfinished: " << e.what() << '\n';
  return 1;
}
