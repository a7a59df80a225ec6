// SPDX-License-Identifier: BSL-1.0
#include <cstring>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

enum tag : std::uint32_t { bid = 1, ask, trade };

/// What one packet of the exchange has said: seen as a whole, or not at all.
quoit::commit_result publish_update(quoit::publisher& publisher, double best_bid, double best_ask) {
  auto batch = publisher.reserve_batch(3, 100);  // up to three messages, of 100 bytes together
  if (!batch) return {batch.status(), 0};
  if (auto const room = batch.append(sizeof best_bid, bid)) std::memcpy(room.bytes.data(), &best_bid, sizeof best_bid);
  if (best_ask <= best_bid) return {};  // crossed: not committed, so nobody sees the bid either
  batch.add(std::as_bytes(std::span(&best_ask, 1)), ask);
  batch.add({}, trade);
  return batch.commit();
}

int main() try {
  auto const channel = quoit::channel::create_anonymous();
  auto subscriber = channel.subscriber();
  auto publisher = channel.publisher();

  for (double const best_ask : {10.5, 9.5, 10.25}) {
    auto const done = publish_update(publisher, 10, best_ask);
    std::cout << (done ? "number " + std::to_string(done.sequence) : "not published") << '\n';
  }
  auto const result = subscriber.poll([](quoit::message const& message) {
    std::cout << message.sequence() << '.' << message.index() << ", tag " << message.tag() << ", "
              << message.bytes().size() << " bytes\n";
  });
  std::cout << result.count << " messages\n";
} catch (quoit::error const& e) {
  std::cerr << "bundle: " << e.what() << '\n';
  return 1;
}
