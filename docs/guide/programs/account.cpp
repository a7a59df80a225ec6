// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

/// Where each number has gone, from 1 on.
struct account {
  std::uint64_t next = 1;
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  std::uint64_t discarded = 0;
};

void read_all(quoit::subscriber& subscriber, account& a) {
  for (;;) {
    auto const message = subscriber.try_receive();
    if (message.status() == quoit::status::lost) {
      auto const missed = subscriber.last_loss();
      std::cout << "lost " << missed.first << " to " << missed.last << ", " << missed.bytes << " bytes of the ring\n";
      a.lost += missed.last - missed.first + 1;
      a.next = missed.last + 1;
    } else if (message) {
      a.discarded += message.sequence() - a.next;  // a gap that no loss was told for
      a.received += 1;
      a.next = message.sequence() + 1;
    } else {
      return;
    }
  }
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = 2});
  auto publisher = channel.publisher();
  auto subscriber = channel.subscriber({.delivery = quoit::lossy});
  account a;
  for (int i = 1; i <= 25; ++i) {
    if (i % 5 == 2) {
      publisher.reserve(10).discard();
    } else {
      publisher.publish(std::as_bytes(std::span(std::string_view("a line"))));
    }
    if (i == 5 || i == 25) read_all(subscriber, a);
  }
  std::cout << a.next - 1 << " numbers: " << a.received << " received, " << a.lost << " lost, " << a.discarded
            << " discarded\n";
} catch (quoit::error const& e) {
  std::cerr << "account: " << e.what() << '\n';
  return 1;
}
