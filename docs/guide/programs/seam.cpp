// SPDX-License-Identifier: BSL-1.0
#include <cstdio>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace quoit::literals;

std::string_view text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// Makes a record in the ring itself. False if there is no room for it.
bool put_reading(quoit::byte_ring& ring, int number) {
  auto const room = ring.prepare(64);  // the longest that it may become
  if (room.size() < 64) return false;
  auto const used =
      std::snprintf(reinterpret_cast<char*>(room.data()), room.size(), "reading %d: %d mV", number, 3 * number);
  return ring.commit(static_cast<std::size_t>(used)) > 0;  // the rest stays free
}

int main() try {
  quoit::byte_ring ring(4_KiB);
  auto const* const first_byte = ring.data().data();
  for (int number = 1; put_reading(ring, number); ++number) {
    auto const reading = ring.data();  // all that is unread, as one span, in the ring itself
    auto const begin = static_cast<std::size_t>(reading.data() - first_byte);
    if (begin + reading.size() > ring.capacity()) {
      auto const beyond = begin + reading.size() - ring.capacity();
      std::cout << "'" << text_of(reading) << "' begins at byte " << begin << " of " << ring.capacity() << '\n';
      std::cout << "'" << text_of({first_byte, beyond}) << "' is at byte 0\n";
      break;
    }
    ring.consume(reading.size());
  }
} catch (quoit::error const& e) {
  std::cerr << "seam: " << e.what() << '\n';
  return 1;
}
