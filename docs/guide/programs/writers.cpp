// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>

template <class F>
void attempt(F f) {
  try {
    f();
  } catch (quoit::error const& e) {
    std::cout << e.what() << '\n';
  }
}

int main() try {
  auto const ticks = quoit::channel::create("demo/ticks", {.publishers = 2});
  auto const one = ticks.publisher({.label = "one"});
  auto const two = ticks.publisher({.label = "two"});
  attempt([&] { ticks.publisher({.label = "three"}); });
  attempt([] { quoit::channel::open_or_create("demo/ticks", {.publishers = 3}); });
  attempt([] { quoit::channel::create("demo/bytes", {.kind = quoit::stream, .publishers = 2}); });
} catch (quoit::error const& e) {
  std::cerr << "writers: " << e.what() << '\n';
  return 1;
}
