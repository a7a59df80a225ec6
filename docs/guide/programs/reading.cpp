// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace std::chrono_literals;

/// Reads until there is a reason not to, and says which.
quoit::status read_on(quoit::subscriber& subscriber) {
  for (;;) {
    auto const message = subscriber.receive(1s);
    switch (message.status()) {
      case quoit::status::ok: std::cout << "message " << message.sequence() << '\n'; break;
      case quoit::status::timeout: std::cout << "nothing for a second\n"; break;
      case quoit::status::closed: std::cout << "closed: the next publisher may come\n"; break;
      case quoit::status::died: std::cout << "died: the next publisher may come\n"; break;
      default: return message.status();
    }
  }
}

void publish(quoit::channel const& channel, int messages) {
  auto publisher = channel.publisher();
  for (int i = 0; i < messages; ++i) publisher.publish(std::as_bytes(std::span(std::string_view("some bytes"))));
}  // its destructor closes it

int main() try {
  auto const channel = quoit::channel::create("demo/reading");
  auto subscriber = channel.subscriber();
  publish(channel, 2);
  publish(channel, 1);
  quoit::channel::remove("demo/reading");
  auto const why = read_on(subscriber);
  std::cout << quoit::to_string(why) << '\n';
  return why == quoit::status::retired ? 0 : 1;
} catch (quoit::error const& e) {
  std::cerr << "reading: " << e.what() << '\n';
  return 1;
}
