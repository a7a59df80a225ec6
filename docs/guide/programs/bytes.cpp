// SPDX-License-Identifier: BSL-1.0
#include <unistd.h>

#include <array>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace std::string_view_literals;
using namespace quoit::literals;

std::string_view text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

int main() try {
  quoit::byte_ring ring(64_KiB);
  ring.write(std::as_bytes(std::span("one two three four\n"sv)));

  std::array<std::byte, 4> copy{};
  ring.read(copy);  // copied out, and gone from the ring
  std::cout << "read '" << text_of(copy) << "'\n";
  auto const ahead = ring.peek(3);  // looked at, where they lie; they stay unread
  std::cout << "peeked '" << text_of(ahead.bytes()) << "'\n";
  ring.skip(4);                    // gone, without a look
  auto const word = ring.next(6);  // looked at, and gone
  std::cout << "next '" << text_of(word.bytes()) << "'" << std::endl;
  ring.write_to(STDOUT_FILENO);  // all the rest

  auto const moved = ring.read_from(STDIN_FILENO);
  std::cout << quoit::to_string(moved.status) << " after " << moved.count << " bytes, " << ring.size() << " unread, "
            << ring.free_space() << " free\n";
  ring.reset();  // forgets what is unread
  std::cout << ring.size() << " unread, " << ring.free_space() << " free\n";
} catch (quoit::error const& e) {
  std::cerr << "bytes: " << e.what() << '\n';
  return 1;
}
