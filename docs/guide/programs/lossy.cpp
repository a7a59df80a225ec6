// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>

using namespace std::chrono_literals;

/// What is to be learned from a message.
int sum_of(std::span<std::byte const> bytes) {
  int sum = 0;
  for (auto const b : bytes) sum += std::to_integer<int>(b);
  return sum;
}

void use(char const* how, std::uint64_t sequence, int sum) {
  std::cout << how << ": message " << sequence << ", sum " << sum << '\n';
}

/// A copy is whole. What is lost is told, and the next call goes on behind it.
void by_copy(quoit::subscriber& subscriber) {
  std::array<std::byte, 64> copy{};
  auto const got = subscriber.receive_into(copy, 1s);
  if (got) use("copied", got.sequence, sum_of(std::span(copy).first(got.size)));
  if (got.status != quoit::status::lost) return;
  auto const missed = subscriber.last_loss();
  std::cout << "missed " << missed.first << " to " << missed.last << ", " << missed.bytes << " bytes of the ring\n";
}

/// In place: what was found counts only if the bytes were whole to the end.
void by_function(quoit::subscriber& subscriber) {
  int sum = 0;
  std::uint64_t sequence = 0;
  auto const done = subscriber.read(
      [&](quoit::message const& message) {
        sum = sum_of(message.bytes());
        sequence = message.sequence();
      },
      1s);
  if (done) use("read", sequence, sum);
}

/// Or by a view, which is held as long as one likes, and asked.
void by_view(quoit::subscriber& subscriber, quoit::publisher& publisher) {
  auto const message = subscriber.receive(1s);
  if (!message) return;
  auto const sum = sum_of(message.bytes());
  if (message.whole()) use("viewed", message.sequence(), sum);
  std::array<std::byte, 10> const ten{};
  for (int i = 0; i < 8; ++i) publisher.publish(ten);  // once around the ring
  if (!message.whole()) std::cout << "message " << message.sequence() << " has been written over\n";
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 4096, .records = 8});
  auto subscriber = channel.subscriber({.delivery = quoit::lossy});
  auto publisher = channel.publisher();
  for (int i = 1; i <= 10; ++i) {
    std::array<std::byte, 10> ten{};
    ten.fill(static_cast<std::byte>(i));
    publisher.publish(ten);  // never waits
  }
  by_copy(subscriber);
  by_copy(subscriber);
  by_function(subscriber);
  by_view(subscriber, publisher);
} catch (quoit::error const& e) {
  std::cerr << "lossy: " << e.what() << '\n';
  return 1;
}
