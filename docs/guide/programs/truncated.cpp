// SPDX-License-Identifier: BSL-1.0
#include <filesystem>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace std::string_view_literals;

int main() try {
  auto const channel =
      quoit::channel::create("demo/truncated", {.path = "truncated.ring", .mapping = {.survive_truncation = true}});
  auto publisher = channel.publisher();
  auto subscriber = channel.subscriber();
  publisher.publish(std::as_bytes(std::span("held"sv)));
  auto const held = subscriber.receive();
  std::cout << "before: " << static_cast<char>(held.bytes()[0]) << (held.whole() ? ", whole\n" : ", not whole\n");

  std::filesystem::resize_file("truncated.ring", 0);  // as a careless script would

  std::cout << "after: " << std::to_integer<int>(held.bytes()[0]) << (held.whole() ? ", whole\n" : ", not whole\n");
  std::cout << "receive: " << quoit::to_string(subscriber.receive().status()) << '\n';
  std::cout << "publish: " << quoit::to_string(publisher.publish(std::as_bytes(std::span("more"sv))).status) << '\n';
} catch (quoit::error const& e) {
  std::cerr << "truncated: " << e.what() << '\n';
  return 1;
}
