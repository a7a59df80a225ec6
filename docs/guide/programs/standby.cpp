// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;

/// Becomes the publisher as soon as nobody else is.
quoit::publisher take_over(quoit::channel const& channel) {
  bool said = false;
  for (;; std::this_thread::sleep_for(50ms)) {
    try {
      return channel.publisher({.label = "standby"});
    } catch (quoit::error const& e) {
      if (e.code() != quoit::errc::publisher_taken) throw;
      if (!said) std::cout << "standing by for " << e.facts().found << std::endl;
      said = true;
    }
  }
}

int main() try {
  auto const channel = quoit::channel::open_or_create("robot/log");
  auto publisher = take_over(channel);
  publisher.publish(std::as_bytes(std::span(std::string_view("the standby has taken over"))));
  std::cout << "publishing" << std::endl;
} catch (quoit::error const& e) {
  std::cerr << "standby: " << e.what() << '\n';
  return 1;
}
