// SPDX-License-Identifier: BSL-1.0
#include <cstring>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace quoit::literals;

enum tags : std::uint32_t { picture, end_of_roll };

/// Stands for a camera that packs a picture into the room and says how long it has become. The second one is blurred.
std::size_t take_picture(int number, std::span<std::byte> room) {
  if (number == 2) return 0;
  auto const used = static_cast<std::size_t>(100 * number);
  std::memset(room.data(), number, used);
  return used;
}

quoit::status shoot(quoit::publisher& publisher) {
  for (int number = 1; number <= 3; ++number) {
    auto room = publisher.reserve(20'000);  // the longest that it may become
    if (!room) return room.status();
    auto const used = take_picture(number, room.bytes());
    if (used == 0) continue;  // not committed: discarded, and nobody sees a byte of it
    room.tag(picture);
    auto const done = room.commit(used);  // the rest goes back to the ring
    if (!done) return done.status;
    std::cout << "picture " << number << " is message " << done.sequence << '\n';
  }
  return publisher.publish(std::as_bytes(std::span(std::string_view("24 left"))), end_of_roll).status;
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 64_KiB});
  auto subscriber = channel.subscriber();
  auto publisher = channel.publisher();
  if (auto const status = shoot(publisher); status != quoit::status::ok) {
    std::cerr << "frames: " << quoit::to_string(status) << '\n';
    return 1;
  }
  while (auto const message = subscriber.try_receive()) {
    std::cout << "message " << message.sequence() << ", " << (message.tag() == picture ? "a picture" : "end of roll")
              << ", " << message.bytes().size() << " bytes\n";
  }
} catch (quoit::error const& e) {
  std::cerr << "frames: " << e.what() << '\n';
  return 1;
}
