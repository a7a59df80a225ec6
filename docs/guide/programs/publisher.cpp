// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string>

using namespace quoit::literals;

int main() try {
  auto const channel = quoit::channel::open_or_create("robot/log", {.capacity = 1_MiB});
  auto publisher = channel.publisher();
  for (std::string line; std::cout << "> " && std::getline(std::cin, line);) {
    auto const done = publisher.publish(std::as_bytes(std::span(line)));
    if (!done) {
      std::cerr << "publisher: " << quoit::to_string(done.status) << '\n';
      return 1;
    }
  }
} catch (quoit::error const& e) {
  std::cerr << "publisher: " << e.what() << '\n';
  return 1;
}
