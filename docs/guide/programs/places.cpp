// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>

void join(quoit::channel const& channel, quoit::subscriber_options const& options) {
  try {
    auto const subscriber = channel.subscriber(options);
    std::cout << options.label << ": joined\n";
  } catch (quoit::error const& e) {
    std::cout << options.label << (e.code() == quoit::errc::no_slot ? ": no place: " : ": ") << e.what() << '\n';
  }
}

int main() try {
  auto const one = quoit::channel::create("demo/places", {.max_reliable = 1});
  auto const recorder = one.subscriber({.label = "recorder"});
  join(one, {.label = "display"});
  join(one, {.delivery = quoit::lossy, .label = "display"});

  auto const none = quoit::channel::create("demo/broadcast", {.max_reliable = 0});
  join(none, {.label = "anybody"});
} catch (quoit::error const& e) {
  std::cerr << "places: " << e.what() << '\n';
  return 1;
}
