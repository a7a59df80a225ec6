// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>

using namespace quoit::literals;

/// A large ring, in a file of $TMPDIR if that is possible, or else in memory as any other.
quoit::byte_ring make_backlog(std::size_t capacity) {
  quoit::mirror::temporary_file const file;  // or ("/var/tmp")
  try {
    quoit::byte_ring ring(capacity, file);
    std::cout << "backlog: " << file.name() << '\n';
    return ring;
  } catch (quoit::error const& e) {
    std::cout << "backlog: not in a file (" << e.code().message() << ")\n";
    return quoit::byte_ring(capacity);
  }
}

int main() try {
  for (auto const& tried : quoit::mirror::available()) {
    std::cout << tried.maker << ": " << (tried.works ? "works" : tried.reason) << '\n';
  }
  quoit::byte_ring const small(64_KiB, quoit::mirror::heap());
  auto const backlog = make_backlog(8_MiB);
  std::cout << small.capacity() << " and " << backlog.capacity() << " bytes\n";
} catch (quoit::error const& e) {
  std::cerr << "makers: " << e.what() << '\n';
  return 1;
}
