// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

void show(quoit::subscriber& subscriber) {
  subscriber.poll([](quoit::message const& message) { std::cout << message.sequence() << ' '; });
  std::cout << "| next: " << subscriber.position() << '\n';
}

void go_to(quoit::subscriber& subscriber, quoit::start_point where) {
  try {
    subscriber.rewind(where);
  } catch (quoit::error const& e) {
    if (e.code() == quoit::errc::not_held) std::cout << e.facts().expected << ": " << e.facts().found << '\n';
    if (e.code() == quoit::errc::busy) std::cout << "views are out: " << e.facts().found << '\n';
  }
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 4096, .records = 8});
  auto publisher = channel.publisher();
  auto subscriber = channel.subscriber();
  auto const publish = [&] { publisher.publish(std::as_bytes(std::span(std::string_view("a quote")))); };

  for (int i = 0; i < 5; ++i) publish();
  show(subscriber);
  go_to(subscriber, quoit::oldest);  // once more
  show(subscriber);
  for (int i = 0; i < 5; ++i) publish();
  go_to(subscriber, quoit::from_sequence(2));  // which has been written over: it stays where it is
  show(subscriber);
  go_to(subscriber, quoit::from_sequence(9));
  auto const held = subscriber.receive();
  go_to(subscriber, quoit::oldest);
  show(subscriber);
} catch (quoit::error const& e) {
  std::cerr << "replay: " << e.what() << '\n';
  return 1;
}
