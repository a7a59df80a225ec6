// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <iostream>
#include <quoit/quoit.hpp>
#include <string>
#include <vector>

using namespace quoit::literals;

void show(char const* what, quoit::transfer const& moved) {
  std::cout << what << ": " << quoit::to_string(moved.status) << " after " << moved.count << " bytes";
  std::cout << (moved.error != 0 ? std::string(", ") + std::strerror(moved.error) : "") << '\n';
}

void refuse(std::size_t capacity, quoit::mirror::maker const& how) {
  try {
    quoit::byte_ring const ring(capacity, how);
  } catch (quoit::error const& e) {
    std::cout << e.what() << '\n';
  }
}

int main() try {
  int const zeros = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
  quoit::byte_ring ring(10'000);  // becomes whole pages, and all of it can be filled
  std::vector<std::byte> const many(20'000);
  std::array<std::byte, 100> copy{};

  std::cout << "reads " << ring.read(copy) << ", peeks " << ring.peek(100).size() << ", skips " << ring.skip(100)
            << '\n';
  std::cout << "writes " << ring.write(many) << " of " << many.size() << '\n';
  std::cout << "prepares " << ring.prepare(100).size() << ", commits " << ring.commit(100) << '\n';
  show("full, from zeros", ring.read_from(zeros));
  ring.skip(5'000);
  show("from zeros", ring.read_from(zeros));
  show("none, from zeros", ring.read_from(zeros, 0));
  show("to a descriptor for reading", ring.write_to(zeros));
  std::cout << ring.size() << " unread\n";
  ring.release();
  show("released, from zeros", ring.read_from(zeros));
  ::close(zeros);

  refuse(0, quoit::mirror::memfd());
  refuse(64_KiB, quoit::mirror::temporary_file("/nowhere"));
} catch (quoit::error const& e) {
  std::cerr << "shortfall: " << e.what() << '\n';
  return 1;
}
