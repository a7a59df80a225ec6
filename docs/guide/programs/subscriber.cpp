// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>
#include <string_view>

int main() try {
  auto const channel = quoit::channel::open("robot/log", quoit::wait_for{});
  auto subscriber = channel.subscriber({.start = quoit::oldest});
  for (;;) {
    auto const message = subscriber.receive();
    auto const status = message.status();
    if (message) {
      auto const bytes = message.bytes();
      std::string_view const line(reinterpret_cast<char const*>(bytes.data()), bytes.size());
      std::cout << message.sequence() << ": " << line << std::endl;
    } else if (status == quoit::status::closed || status == quoit::status::died) {
      std::cout << "the publisher has " << quoit::to_string(status) << std::endl;
    } else {
      std::cerr << "subscriber: " << quoit::to_string(status) << '\n';
      return 1;
    }
  }
} catch (quoit::error const& e) {
  std::cerr << "subscriber: " << e.what() << '\n';
  return 1;
}
