// SPDX-License-Identifier: BSL-1.0
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

/// In a child: opens the channel for itself, publishes, and then closes or is killed.
void publish_one(bool killed) {
  auto const channel = quoit::channel::open("demo/ends");
  auto publisher = channel.publisher();
  publisher.publish(std::as_bytes(std::span(std::string_view("from a child"))));
  if (killed) ::raise(SIGKILL);
}

/// Reads all that one publisher has published, and its end.
void read_one(quoit::subscriber& subscriber) {
  for (auto status = quoit::status::ok; status == quoit::status::ok;) {
    auto const message = subscriber.receive();
    status = message.status();
    std::cout << "parent: " << quoit::to_string(status);
    if (message) std::cout << ", message " << message.sequence();
    std::cout << std::endl;
  }
}

int main() try {
  auto const channel = quoit::channel::create("demo/ends");
  auto subscriber = channel.subscriber();
  for (bool const killed : {true, false}) {
    auto const child = ::fork();
    if (child < 0) return 1;
    if (child == 0) {
      auto const inherited = subscriber.try_receive();
      std::cout << "child: " << quoit::to_string(inherited.status()) << std::endl;
      publish_one(killed);
      std::_Exit(0);
    }
    read_one(subscriber);
    ::waitpid(child, nullptr, 0);
  }
} catch (quoit::error const& e) {
  std::cerr << "ends: " << e.what() << '\n';
  return 1;
}
