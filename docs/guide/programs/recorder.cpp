// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string>
#include <string_view>

using namespace quoit::literals;

/// All that the ring still holds, and how those who wrote it ended.
void show_history(quoit::channel const& channel) {
  auto reader = channel.subscriber({.start = quoit::oldest});
  for (auto message = reader.try_receive(); message.status() != quoit::status::timeout;
       message = reader.try_receive()) {
    if (message) {
      auto const bytes = message.bytes();
      std::string_view const line(reinterpret_cast<char const*>(bytes.data()), bytes.size());
      std::cout << message.sequence() << ": " << line << '\n';
    } else {
      std::cout << "its writer has " << quoit::to_string(message.status()) << '\n';
    }
  }
}

int main() try {
  auto const channel = quoit::channel::open_or_create("plane/recorder", {.capacity = 64_KiB, .path = "flight.ring"});
  show_history(channel);
  auto publisher = channel.publisher();
  for (std::string line; std::cout << "> " && std::getline(std::cin, line);) {
    publisher.publish(std::as_bytes(std::span(line)));
    channel.sync();  // takes the time of the disk: so once in a while, by a thread of its own, if much is published
  }
} catch (quoit::error const& e) {
  std::cerr << "recorder: " << e.what() << '\n';
  return 1;
}
