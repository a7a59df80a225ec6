// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <quoit/quoit.hpp>
#include <span>
#include <vector>

using namespace quoit::literals;

struct scan {
  std::int64_t time;
  float angle;
  float step;
};

int main() try {
  auto const channel = quoit::channel::open_or_create("robot/scan", quoit::for_type<scan, float>({.capacity = 4_MiB}));
  quoit::typed_subscriber<scan, float> subscriber(channel);
  quoit::typed_publisher<scan, float> publisher(channel);

  if (auto room = publisher.reserve(1080)) {  // as many ranges as there may be
    *room = {.time = 17, .angle = -2.3F, .step = 0.25F};
    std::iota(room.tail().begin(), room.tail().end(), 1.0F);
    room.commit(720);  // as many as there are
  }
  publisher.publish({.time = 18, .angle = 0, .step = 1}, std::vector<float>{5, 4, 3});

  while (auto const message = subscriber.try_receive()) {
    std::span<float const> const ranges = message.tail();
    std::cout << "at " << message->time << ": " << ranges.size() << " ranges, nearest "
              << *std::min_element(ranges.begin(), ranges.end()) << '\n';
  }
} catch (quoit::error const& e) {
  std::cerr << "scan: " << e.what() << '\n';
  return 1;
}
