// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>
#include <system_error>

using namespace std::string_view_literals;
using namespace quoit::literals;

std::string_view text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

int main() try {
  quoit::byte_ring ring(16_MiB);
  ring.write(std::as_bytes(std::span("read me"sv)));
  auto const view = ring.peek(7);

  if (!ring.release()) std::cout << "released\n";
  auto const again = ring.release();
  std::cout << "again: " << again.message() << (again == std::errc::invalid_argument ? " (EINVAL)\n" : "\n");
  std::cout << "the view: " << text_of(view.bytes()) << '\n';
  std::cout << "the ring: " << ring.size() << " of " << ring.capacity() << '\n';

  ring = quoit::byte_ring(64_KiB);  // it can have memory again
  std::cout << "the ring: " << ring.size() << " of " << ring.capacity() << '\n';
} catch (quoit::error const& e) {
  std::cerr << "release: " << e.what() << '\n';
  return 1;
}
