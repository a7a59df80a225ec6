// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

void show(char const* who, quoit::subscriber& subscriber) {
  std::cout << who << ", " << subscriber.lag() << " to read:";
  auto const result = subscriber.poll([](quoit::message const& message) { std::cout << ' ' << message.sequence(); });
  std::cout << "; " << quoit::to_string(result.status) << " after " << result.count << '\n';
}

int main() try {
  auto const channel = quoit::channel::create_anonymous();
  auto publisher = channel.publisher();
  auto const publish = [&] { publisher.publish(std::as_bytes(std::span(std::string_view("a quote")))); };
  for (int i = 0; i < 5; ++i) publish();

  auto next = channel.subscriber();  // the default: what comes from now on
  auto latest = channel.subscriber({.start = quoit::latest});
  auto oldest = channel.subscriber({.start = quoit::oldest});
  publish();
  show("next", next);
  show("latest", latest);
  show("oldest", oldest);
} catch (quoit::error const& e) {
  std::cerr << "history: " << e.what() << '\n';
  return 1;
}
