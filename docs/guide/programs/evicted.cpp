// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace std::chrono_literals;

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 4096, .records = 8});
  auto subscriber = channel.subscriber();
  auto publisher = channel.publisher({.patience = 50ms});
  auto const publish = [&] { return publisher.publish(std::as_bytes(std::span(std::string_view("a tick")))); };

  publish();
  auto view = subscriber.receive();  // and keeps it
  std::cout << "whole: " << std::boolalpha << view.whole() << '\n';
  for (int i = 0; i < 20; ++i) publish();  // waits once, for 50 ms
  std::cout << "whole: " << view.whole() << '\n';
  view.release();

  auto const next = subscriber.receive();
  std::cout << quoit::to_string(next.status()) << '\n';
  if (next.status() == quoit::status::evicted) subscriber = channel.subscriber({.start = quoit::oldest});
  std::cout << "again, from number " << subscriber.receive().sequence() << " on\n";
} catch (quoit::error const& e) {
  std::cerr << "evicted: " << e.what() << '\n';
  return 1;
}
