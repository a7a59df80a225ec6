// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <cstring>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using namespace quoit::literals;

void show(quoit::stream_view const& view) {
  std::string_view const text(reinterpret_cast<char const*>(view.bytes.data()), view.bytes.size());
  std::cout << quoit::to_string(view.status) << " '" << text << "'\n";
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.capacity = 64_KiB, .kind = quoit::stream});
  auto reader = channel.stream_reader();
  auto writer = channel.stream_writer();

  auto const room = writer.prepare(1000);  // in the ring itself
  if (!room) return 1;
  std::memcpy(room.bytes.data(), "in place, ", 10);
  writer.commit(10);                                   // the rest of the room stays prepared
  writer.write(std::as_bytes(std::span("copied"sv)));  // or copy what lies elsewhere

  show(reader.data());  // all that is unread, as one span, in the ring itself
  reader.consume(10);
  show(reader.data());           // what was not consumed is there again
  show(reader.data(100, 10ms));  // not so many in time: here is what there is
  writer.close();
  show(reader.data(100));  // an end stands behind them: no more can join them
  reader.consume(6);
  show(reader.data());
} catch (quoit::error const& e) {
  std::cerr << "spans: " << e.what() << '\n';
  return 1;
}
