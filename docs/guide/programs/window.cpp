// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <cstring>
#include <deque>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>

using namespace std::chrono_literals;

double value_of(quoit::message const& message) {
  double value = 0;
  if (message.bytes().size() == sizeof value) std::memcpy(&value, message.bytes().data(), sizeof value);
  return value;
}

/// The mean of the last three readings, which stay in the ring as long as they are in the window.
void slide(quoit::subscriber& subscriber, std::deque<quoit::message>& window) {
  while (auto message = subscriber.try_receive()) {
    window.push_back(std::move(message));
    if (window.size() > 3) window.pop_front();  // releases the oldest view
    double sum = 0;
    for (auto const& held : window) sum += value_of(held);
    std::cout << "message " << window.back().sequence() << ", mean " << sum / static_cast<double>(window.size())
              << ", not released " << subscriber.lag() << '\n';
  }
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 4096, .records = 8});
  auto publisher = channel.publisher();
  auto subscriber = channel.subscriber();
  std::deque<quoit::message> window;
  auto const publish = [&](double value) { return publisher.publish(std::as_bytes(std::span(&value, 1)), 0, 10ms); };
  for (int i = 1; i <= 5; ++i) publish(10 * i);
  slide(subscriber, window);

  // The window holds the ring's oldest records back. Whoever reads and publishes in one thread must not wait forever.
  auto status = quoit::status::ok;
  int more = 0;
  for (; status == quoit::status::ok; ++more) status = publish(0).status;
  std::cout << "after " << more - 1 << " more: " << quoit::to_string(status) << '\n';
  window.clear();
  std::cout << "window released: " << quoit::to_string(publish(60).status) << '\n';
} catch (quoit::error const& e) {
  std::cerr << "window: " << e.what() << '\n';
  return 1;
}
