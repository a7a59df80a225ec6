// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>

int main() try {
  auto const channel = quoit::channel::create("demo/places", {.max_reliable = 1});
  auto const recorder = channel.subscriber({.label = "recorder"});
  auto const display = channel.subscriber({.label = "display"});
} catch (quoit::error const& e) {
  std::cout << (e.code() == quoit::errc::no_slot ? "no place: " : "unexpected: ") << e.what() << '\n';
  return e.code() == quoit::errc::no_slot ? 0 : 1;
}
