// SPDX-License-Identifier: BSL-1.0
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <quoit/quoit.hpp>

using namespace quoit::literals;

int main() try {
  auto const channel = quoit::channel::open_or_create("demo/bytes", {.capacity = 64_KiB, .kind = quoit::stream});
  auto writer = channel.stream_writer();
  if (writer.wait_for_readers(1) != quoit::status::ok) return 1;

  auto const moved = writer.read_from(STDIN_FILENO);
  std::cerr << "feed: " << moved.count << " bytes, " << quoit::to_string(moved.status) << '\n';
  if (moved.status == quoit::status::end_of_file) return 0;
  if (moved.status == quoit::status::failed) std::cerr << "feed: " << std::strerror(moved.error) << '\n';
  writer.abandon();  // readers meet `died`: what they have is not the whole
  return 1;
} catch (quoit::error const& e) {
  std::cerr << "feed: " << e.what() << '\n';
  return 1;
}
