// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>

int main() try {
  auto const plant = quoit::channel::create("plant/state", {.creator_only = true, .mode = 0644});
  quoit::keeper const door(plant);  // for those who cannot look at this process
  auto publisher = plant.publisher();
  publisher.publish(std::as_bytes(std::span("running", 7)));

  auto const seen = quoit::observer::open("plant/state");  // as another user: ("plant/state", {}, 1001)
  std::cout << seen.level().records << " record\n";
  quoit::channel::open("plant/state").publisher();  // as anybody else, of whatever user
} catch (quoit::error const& e) {
  std::cout << e.what() << '\n';
}
