// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>

int main() try {
  auto const channel = quoit::channel::create_anonymous();
  auto publisher = channel.publisher();
  auto display = channel.subscriber({.delivery = quoit::lossy, .conflate = true});
  auto const publish = [&](int speed) { publisher.publish(std::as_bytes(std::span(&speed, 1))); };
  auto const draw = [&] {
    int speed = 0;
    auto const got = display.receive_into(std::as_writable_bytes(std::span(&speed, 1)), std::chrono::seconds(0));
    std::cout << quoit::to_string(got.status);
    if (got) std::cout << ", message " << got.sequence << ": " << speed;
    std::cout << '\n';
  };
  for (int speed = 1; speed <= 100; ++speed) publish(speed);
  draw();
  draw();
  for (int speed = 99; speed >= 50; --speed) publish(speed);
  draw();
} catch (quoit::error const& e) {
  std::cerr << "newest: " << e.what() << '\n';
  return 1;
}
