// SPDX-License-Identifier: BSL-1.0
#include <cstdint>
#include <cstring>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>

using namespace std::string_view_literals;

/// A packet is the length of its body, four bytes, and its body. One commit: a writer that is killed leaves no half.
quoit::status send(quoit::stream_writer& writer, std::string_view body) {
  auto const length = static_cast<std::uint32_t>(body.size());
  auto const room = writer.prepare(sizeof length + length);
  if (!room) return room.status;
  std::memcpy(room.bytes.data(), &length, sizeof length);
  std::memcpy(room.bytes.data() + sizeof length, body.data(), length);
  return writer.commit(sizeof length + length).status;
}

/// Hands each packet's body to `use(bytes)`, in the ring itself, up to the writer's end.
template <class F>
quoit::status for_each_packet(quoit::stream_reader& reader, F use) {
  for (;;) {
    std::uint32_t length = 0;
    auto unread = reader.data(sizeof length);
    if (unread && unread.bytes.size() >= sizeof length) {
      std::memcpy(&length, unread.bytes.data(), sizeof length);
      unread = reader.data(sizeof length + length);
    }
    if (!unread) return unread.status;  // closed, died; too_big: no ring could hold it, so it is no packet of ours
    if (unread.bytes.size() < sizeof length + length) {  // an end stands behind them
      std::cout << unread.bytes.size() << " bytes of a torn packet\n";
      reader.consume(unread.bytes.size());
    } else {
      use(unread.bytes.subspan(sizeof length, length));
      reader.consume(sizeof length + length);
    }
  }
}

int main() try {
  auto const channel = quoit::channel::create_anonymous({.kind = quoit::stream});
  auto reader = channel.stream_reader();
  auto writer = channel.stream_writer();
  send(writer, "first");
  send(writer, "second");
  writer.write(std::as_bytes(std::span("\x09\0\0\0torn"sv)));  // by one who cuts as it likes, and stops
  writer.close();
  auto const end = for_each_packet(reader, [](std::span<std::byte const> body) {
    std::cout << std::string_view(reinterpret_cast<char const*>(body.data()), body.size()) << '\n';
  });
  std::cout << quoit::to_string(end) << '\n';
} catch (quoit::error const& e) {
  std::cerr << "packets: " << e.what() << '\n';
  return 1;
}
