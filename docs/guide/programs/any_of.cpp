// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;

enum member : std::uint64_t { camera = 1, console };

/// Takes all that is there, since the set itself takes nothing. How many publishers have gone.
int drain(quoit::subscriber& subscriber) {
  int gone = 0;
  for (;;) {
    auto const message = subscriber.try_receive();
    if (message.status() == quoit::status::timeout) return gone;
    std::cout << "camera: " << quoit::to_string(message.status()) << '\n';
    gone += message ? 0 : 1;
  }
}

int drain(quoit::stream_reader& reader) {
  for (;;) {
    auto const unread = reader.try_data();
    if (unread.status == quoit::status::timeout) return 0;
    std::cout << "console: " << quoit::to_string(unread.status) << ", " << unread.bytes.size() << " bytes\n";
    if (!unread) return 1;
    reader.consume(unread.bytes.size());
  }
}

int main() try {
  auto const pictures = quoit::channel::create_anonymous();
  auto const bytes = quoit::channel::create_anonymous({.kind = quoit::stream});
  auto subscriber = pictures.subscriber();
  auto reader = bytes.stream_reader();

  quoit::wait_set set;
  set.add(subscriber, camera);
  set.add(reader, console);

  std::thread source([&] {
    pictures.publisher().publish({});  // and closes
    std::this_thread::sleep_for(200ms);
    bytes.stream_writer().write(std::as_bytes(std::span(std::string_view("ok"))));
  });
  for (int open = 2; open > 0;) {
    auto const woken = set.wait();
    if (!woken) break;
    for (auto const& ready : woken.ready) open -= ready.key == camera ? drain(subscriber) : drain(reader);
  }
  source.join();
  set.interrupt();  // by a signal handler, say
  std::cout << quoit::to_string(set.wait().status) << '\n';
} catch (quoit::error const& e) {
  std::cerr << "any_of: " << e.what() << '\n';
  return 1;
}
