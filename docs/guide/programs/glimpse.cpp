// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>
#include <vector>

using namespace std::chrono_literals;
using namespace quoit::literals;

/// The loudest of the samples that are there: of a span that nobody has written over meanwhile.
void show_level(quoit::stream_reader& reader) {
  auto const unread = reader.data(1, 1s);
  if (unread.status == quoit::status::lost) {
    auto const missed = reader.last_loss();
    std::cout << "missed the bytes " << missed.first << " to " << missed.last << '\n';
  }
  if (!unread) return;
  auto const loudest = std::to_integer<int>(*std::ranges::max_element(unread.bytes));
  if (!reader.whole()) return;  // not consumed: the next call tells what is lost
  std::cout << unread.bytes.size() << " bytes, the loudest is " << loudest << '\n';
  reader.consume(unread.bytes.size());
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 64_KiB, .kind = quoit::stream});
  auto reader = channel.stream_reader({.delivery = quoit::lossy});
  auto writer = channel.stream_writer();
  writer.write(std::vector(100'000, std::byte{7}));  // more than the ring holds, and nobody is waited for
  show_level(reader);
  show_level(reader);
  writer.write(std::vector(1'000, std::byte{9}));

  std::array<std::byte, 4096> copy{};
  std::cout << reader.read(copy, 1s).count << " copied, of " << reader.position() << '\n';
} catch (quoit::error const& e) {
  std::cerr << "glimpse: " << e.what() << '\n';
  return 1;
}
