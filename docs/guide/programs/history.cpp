// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

void show(char const* who, quoit::subscriber subscriber) {
  std::cout << who << ", " << subscriber.lag() << " to read:";
  auto const result = subscriber.poll([](quoit::message const& message) { std::cout << ' ' << message.sequence(); });
  std::cout << "; " << quoit::to_string(result.status) << " after " << result.count << '\n';
}

/// When a message was committed. It is still in the ring.
std::chrono::nanoseconds time_of(quoit::channel const& channel, std::uint64_t sequence) {
  return std::chrono::nanoseconds(channel.subscriber({.start = quoit::from_sequence(sequence)}).receive().time());
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.timestamps = true});
  auto publisher = channel.publisher();
  auto const publish = [&] { publisher.publish(std::as_bytes(std::span(std::string_view("a quote")))); };
  for (int i = 0; i < 5; ++i) publish();

  auto next = channel.subscriber();  // the default: what comes from now on
  auto latest = channel.subscriber({.start = quoit::latest});
  auto oldest = channel.subscriber({.start = quoit::oldest});
  auto fourth = channel.subscriber({.start = quoit::from_sequence(4)});
  auto later = channel.subscriber({.start = quoit::from_time(time_of(channel, 3))});
  publish();
  show("next", std::move(next));
  show("latest", std::move(latest));
  show("oldest", std::move(oldest));
  show("from number 4", std::move(fourth));
  show("from that time", std::move(later));
  auto const none = channel.subscriber({.start = quoit::from_sequence(100)});
} catch (quoit::error const& e) {
  std::cout << (e.code() == quoit::errc::not_held ? "not held: " : "unexpected: ") << e.what() << '\n';
  return e.code() == quoit::errc::not_held ? 0 : 1;
}
