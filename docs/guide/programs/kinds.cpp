// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>

using namespace quoit::literals;

void show(quoit::channel const& channel) {
  auto const info = channel.info();
  std::cout << info.name << ": " << quoit::to_string(info.backing) << '\n';
}

int main() try {
  show(quoit::channel::create("usual", {.capacity = 4_MiB}));
  show(quoit::channel::create("other", {.capacity = 4_MiB, .backing = quoit::backing::sysv}));
  show(quoit::channel::create("shared", {.capacity = 4_MiB, .path = "/dev/shm/demo-kinds.ring"}));
  quoit::channel::remove("shared");  // with its file, which would stay

  auto const large =
      quoit::channel::create("large", {.capacity = 4_MiB, .backing = quoit::backing::hugetlb, .or_memfd = true});
  std::cout << "large: " << large.info().capacity << " bytes\n";  // and info().backing tells in what
} catch (quoit::error const& e) {
  std::cerr << "kinds: " << e.what() << '\n';
  return 1;
}
