// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <iostream>
#include <quoit/asio.hpp>
#include <quoit/quoit.hpp>
#include <span>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using namespace std::string_view_literals;
using namespace quoit::literals;

std::string_view text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// Hands each line to `use(line)`, in the ring itself, until the peer has gone or no line fits. Says which.
template <class F>
boost::system::error_code for_each_line(asio::local::stream_protocol::socket& from, quoit::byte_ring& ring, F use) {
  for (;;) {
    boost::system::error_code error;
    auto const size = asio::read_until(from, quoit::dynamic_buffer(ring), '\n', error);
    if (error) return error;  // eof; not_found: the ring is full, and there is no newline in it
    use(text_of(ring.data().first(size - 1)));
    ring.consume(size);
  }
}

/// Sends a header from elsewhere, and all of the ring, by one system call, if the socket takes it all.
void send_with_header(asio::local::stream_protocol::socket& to, std::string const& header, quoit::byte_ring& body) {
  std::array<asio::const_buffer, 2> const both{asio::buffer(header), quoit::dynamic_buffer(body).data()};
  asio::write(to, both);
  body.consume(body.size());
}

int main() try {
  asio::io_context io;
  asio::local::stream_protocol::socket ours(io);
  asio::local::stream_protocol::socket theirs(io);
  asio::local::connect_pair(ours, theirs);

  quoit::byte_ring out(64_KiB);
  out.write(std::as_bytes(std::span("speed 3\nheading 90\nspe"sv)));
  send_with_header(ours, "length " + std::to_string(out.size()) + "\n", out);
  ours.close();

  quoit::byte_ring in(64_KiB);
  auto const end = for_each_line(theirs, in, [](std::string_view line) { std::cout << "line: " << line << '\n'; });
  std::cout << end.message() << ", unread: " << text_of(in.data()) << '\n';
} catch (std::exception const& e) {
  std::cerr << "socket: " << e.what() << '\n';
  return 1;
}
