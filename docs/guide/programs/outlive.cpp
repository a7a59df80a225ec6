// SPDX-License-Identifier: BSL-1.0
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace std::string_view_literals;
using namespace quoit::literals;

std::string_view text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// The first line of a file, where it was read to. The ring goes when this returns; its memory goes with the view.
quoit::ring_view first_line(int fd) {
  quoit::byte_ring ring(4_KiB);
  ring.read_from(fd);
  return ring.next(text_of(ring.data()).find('\n'));  // all that is there, if there is no newline
}

int main() try {
  auto const line = first_line(STDIN_FILENO);
  std::cout << "without its ring: " << text_of(line.bytes()) << '\n';

  quoit::byte_ring ring(4_KiB);
  ring.write(std::as_bytes(std::span("old"sv)));
  auto const unread = ring.peek(3);
  std::ranges::fill(ring.prepare(ring.capacity()), std::byte{'-'});  // gets what is free: not the three
  std::cout << "unread: " << text_of(unread.bytes()) << '\n';
  auto const consumed = ring.next(3);
  std::ranges::fill(ring.prepare(ring.capacity()), std::byte{'-'});
  std::cout << "consumed: " << text_of(consumed.bytes()) << '\n';
} catch (quoit::error const& e) {
  std::cerr << "outlive: " << e.what() << '\n';
  return 1;
}
