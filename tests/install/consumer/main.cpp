// SPDX-License-Identifier: BSL-1.0
// A program outside the project that uses the library as installed.
#include <quoit/quoit.hpp>

#include <cstdio>
#include <cstring>

int main() {
  using namespace quoit::literals;
  auto const channel = quoit::channel::create_anonymous({.capacity = 64_KiB});
  auto publisher = channel.publisher();
  auto subscriber = channel.subscriber();
  auto room = publisher.reserve(5);
  std::memcpy(room.bytes().data(), "hello", 5);
  room.commit();
  auto const message = subscriber.receive();
  bool const good = message && message.bytes().size() == 5 && std::memcmp(message.bytes().data(), "hello", 5) == 0;
  try {
    quoit::channel::open("..");
  } catch (quoit::error const& e) {  // thrown in the library, caught here: its type is exported
    std::printf("%s: %s\n", good ? "good" : "bad", e.what());
    return good && e.code() == quoit::errc::bad_name ? 0 : 1;
  }
  return 2;
}
