// SPDX-License-Identifier: BSL-1.0

/// \file
/// Publishes text, and while its subscriber has it writes ESC into it and takes that back again: hostile_publisher
/// NAME.

#include <atomic>
#include <cstring>

#include "quoit/quoit.hpp"

namespace {

constexpr std::size_t size = 256U << 10U;
constexpr int messages = 10;

bool is_read(quoit::publisher const& p) {
  for (auto const& s : p.subscribers()) {
    if (s.lag > 0) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto const channel = quoit::channel::open(argv[1]);
  auto publisher = channel.publisher();
  if (publisher.wait_for_subscribers(1) != quoit::status::ok) return 1;
  for (int i = 0; i < messages; ++i) {
    auto room = publisher.reserve(size);
    if (!room) return 1;
    auto const text = room.bytes();
    std::memset(text.data(), 'A', text.size());
    room.commit();
    while (!is_read(publisher)) {
      for (char const c : {'\033', 'A'}) {
        std::memset(text.data(), c, text.size());
        std::atomic_signal_fence(std::memory_order_seq_cst);  // it is not to be left out
      }
    }
  }
  return 0;
}
