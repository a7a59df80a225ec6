// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <optional>
#include <quoit/quoit.hpp>

using namespace std::chrono_literals;

/// Who is furthest behind.
std::optional<quoit::participant_info> slowest_of(quoit::publisher const& publisher) {
  auto const all = publisher.subscribers();
  auto const at = std::max_element(all.begin(), all.end(), [](auto& a, auto& b) { return a.lag < b.lag; });
  return at == all.end() ? std::nullopt : std::optional(*at);
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 4096});
  auto publisher = channel.publisher({.label = "feed"});
  auto display = channel.subscriber({.label = "display"});
  auto recorder = channel.subscriber({.label = "recorder"});
  std::array<std::byte, 100> const tick{};

  // Do not wait: what finds no room is given up, and counted.
  int sent = 0;
  for (int i = 0; i < 40; ++i) {
    sent += publisher.offer(tick) ? 1 : 0;
    display.poll([](quoit::message const&) {});
  }
  for (auto const& p : channel.participants()) {
    if (p.role == quoit::participant_info::role::publisher) std::cout << sent << " sent, " << p.dropped << " dropped\n";
  }

  // Wait for some time, asleep. Then say who it is, and throw it out.
  std::cout << quoit::to_string(publisher.publish(tick, 0, 20ms, quoit::waiting::sleep).status) << '\n';
  if (auto const who = slowest_of(publisher)) {
    std::cout << who->label << " is " << who->lag << " messages behind\n";
    if (publisher.evict(*who)) std::cout << "thrown out\n";
  }
  std::cout << quoit::to_string(publisher.publish(tick).status) << " without it\n";
  std::cout << "recorder: " << quoit::to_string(recorder.receive().status()) << '\n';
} catch (quoit::error const& e) {
  std::cerr << "patience: " << e.what() << '\n';
  return 1;
}
