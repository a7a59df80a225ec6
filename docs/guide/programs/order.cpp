// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

void finish(quoit::reservation room, std::string_view text) {
  std::ranges::copy(std::as_bytes(std::span(text)), room.bytes().begin());
  std::cout << "committed as number " << room.commit(text.size()).sequence << '\n';
}

void show(quoit::subscriber& subscriber) {
  for (;;) {
    auto const message = subscriber.try_receive();
    if (!message) {
      std::cout << quoit::to_string(message.status()) << '\n';
      return;
    }
    auto const bytes = message.bytes();
    std::cout << message.sequence() << ", " << subscriber.label_of(message.publisher()) << ": "
              << std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size()) << '\n';
  }
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.publishers = 3});
  auto subscriber = channel.subscriber();
  auto camera = channel.publisher({.label = "camera"});
  auto lidar = channel.publisher({.label = "lidar"});
  auto radar = channel.publisher({.label = "radar"});

  auto first = camera.reserve(100);  // the order is settled here
  auto second = lidar.reserve(100);
  auto third = radar.reserve(100);

  finish(std::move(third), "an echo");
  show(subscriber);  // behind two that are open
  second.discard();
  finish(std::move(first), "a picture");
  show(subscriber);
} catch (quoit::error const& e) {
  std::cerr << "order: " << e.what() << '\n';
  return 1;
}
