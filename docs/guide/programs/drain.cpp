// SPDX-License-Identifier: BSL-1.0
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <quoit/quoit.hpp>

using namespace quoit::literals;

int main() try {
  auto const channel = quoit::channel::open_or_create("demo/bytes", {.capacity = 64_KiB, .kind = quoit::stream});
  auto reader = channel.stream_reader({.start = quoit::oldest});

  auto const moved = reader.write_to(STDOUT_FILENO);
  std::cerr << "drain: " << moved.count << " bytes, " << quoit::to_string(moved.status) << '\n';
  if (moved.status == quoit::status::failed) std::cerr << "drain: " << std::strerror(moved.error) << '\n';
  return moved.status == quoit::status::closed ? 0 : 1;  // died: the copy is not complete
} catch (quoit::error const& e) {
  std::cerr << "drain: " << e.what() << '\n';
  return 1;
}
