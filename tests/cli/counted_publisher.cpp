// SPDX-License-Identifier: BSL-1.0

/// \file
/// Publishes a thousand messages to a channel, instruction by instruction, and prints how many those were:
/// counted_publisher NAME. Exit status 77 where they cannot be counted, or are a sanitizer's for the most part.

#include <array>
#include <cstdio>
#include <memory>
#include <span>

#include "instructions.hpp"
#include "quoit/quoit.hpp"

int main(int argc, [[maybe_unused]] char** argv) {
  if (argc != 2) return 2;
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
  auto const counted = support::count_instructions([name = argv[1]] {
    auto const channel = std::make_shared<quoit::channel>(quoit::channel::open(name));
    auto const publisher = std::make_shared<quoit::publisher>(channel->publisher());
    publisher->publish({});  // what is done once is done
    return [channel, publisher] {
      static std::array<std::byte, 300> const payload{};
      for (std::size_t i = 0; i < 1000; ++i) publisher->publish(std::span(payload).first(i % payload.size()));
    };
  });
  if (!counted) {
    std::fprintf(stderr, "a system call on the way\n");
    return 1;
  }
  std::printf("%llu\n", static_cast<unsigned long long>(counted->all));
  return 0;
#else
  return 77;
#endif
}
