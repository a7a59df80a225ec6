// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>

using namespace std::chrono_literals;
using namespace quoit::literals;

/// CLOCK_MONOTONIC is what std::chrono::steady_clock reads on Linux.
std::chrono::nanoseconds age_of(quoit::message const& message) {
  return std::chrono::steady_clock::now().time_since_epoch() - std::chrono::nanoseconds(message.time());
}

int main() try {
  // For vector instructions: each payload begins on a cache line.
  auto const channel = quoit::channel::create_anonymous({.capacity = 1_MiB, .alignment = 64, .timestamps = true});
  auto subscriber = channel.subscriber();
  auto publisher = channel.publisher();
  std::array<float, 250> const samples{};
  for (int i = 0; i < 3; ++i) publisher.publish(std::as_bytes(std::span(samples)));

  while (auto const message = subscriber.try_receive()) {
    auto const address = reinterpret_cast<std::uintptr_t>(message.bytes().data());
    auto const age = age_of(message);
    std::cout << "message " << message.sequence() << ": " << (address % 64 == 0 ? "aligned" : "not aligned") << ", "
              << (age >= 0ns && age < 10s ? "fresh" : "stale") << '\n';
  }
} catch (quoit::error const& e) {
  std::cerr << "stamps: " << e.what() << '\n';
  return 1;
}
