// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>

using namespace std::chrono_literals;

/// Who is furthest behind, for a log.
void blame(quoit::publisher const& publisher) {
  auto const all = publisher.subscribers();
  auto const slowest = std::max_element(all.begin(), all.end(), [](auto& a, auto& b) { return a.lag < b.lag; });
  if (slowest != all.end()) std::cout << slowest->label << " is " << slowest->lag << " messages behind\n";
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 4096});
  auto publisher = channel.publisher({.label = "feed"});
  auto fast = channel.subscriber({.label = "display"});
  auto slow = channel.subscriber({.label = "recorder"});
  std::array<std::byte, 100> const tick{};

  // Do not wait: what finds no room is dropped.
  int sent = 0;
  int dropped = 0;
  for (int i = 0; i < 40; ++i) {
    if (auto room = publisher.try_reserve(tick.size())) {
      std::copy(tick.begin(), tick.end(), room.bytes().begin());
      sent += room.commit() ? 1 : 0;
    } else if (room.status() == quoit::status::full) {
      ++dropped;
    }
    fast.poll([](quoit::message const&) {});
  }
  std::cout << sent << " sent, " << dropped << " dropped\n";

  // Wait for some time, asleep; then say who it is.
  auto const late = publisher.publish(tick, 0, 20ms, quoit::waiting::sleep);
  std::cout << quoit::to_string(late.status) << '\n';
  blame(publisher);
  slow.close();
  std::cout << quoit::to_string(publisher.publish(tick).status) << " without it\n";
} catch (quoit::error const& e) {
  std::cerr << "patience: " << e.what() << '\n';
  return 1;
}
