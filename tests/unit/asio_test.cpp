// SPDX-License-Identifier: BSL-1.0
#include "quoit/asio.hpp"

#include <array>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/units.hpp"

using namespace quoit;
namespace asio = boost::asio;
using socket_type = asio::local::stream_protocol::socket;
using support::text_of;

namespace {

struct connected {
  asio::io_context io;
  socket_type a{io};
  socket_type b{io};
  connected() { asio::local::connect_pair(a, b); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(asio_test)

BOOST_AUTO_TEST_CASE(it_is_what_asio_calls_a_dynamic_buffer) {
  BOOST_TEST(asio::is_dynamic_buffer<dynamic_byte_ring>::value);
  BOOST_TEST(asio::is_dynamic_buffer_v1<dynamic_byte_ring>::value);
}

BOOST_AUTO_TEST_CASE(lines_are_read_until_their_ends_at_every_offset) {
  connected c;
  byte_ring ring(4096);
  for (int i = 0; i < 2000; ++i) {
    auto const line = std::string(static_cast<std::size_t>(i % 97), 'x') + std::to_string(i) + "\n";
    asio::write(c.a, asio::buffer(line));
    auto const n = asio::read_until(c.b, dynamic_buffer(ring), '\n');
    BOOST_REQUIRE(n == line.size());
    BOOST_REQUIRE(text_of(ring.peek(n).bytes()) == line);
    ring.skip(n);
  }
  BOOST_TEST(ring.empty());
}

BOOST_AUTO_TEST_CASE(what_is_in_the_ring_is_written_together_with_other_buffers) {
  connected c;
  byte_ring ring(4096);
  ring.prepare(4090);
  ring.commit(4090);
  ring.skip(4090);  // so that what follows crosses the seam
  ring.write(support::bytes_of("the body"));
  std::string const header = "length 8: ";
  std::array<asio::const_buffer, 2> const both{asio::buffer(header), dynamic_buffer(ring).data()};
  BOOST_TEST(asio::write(c.a, both) == 18U);
  std::string received(18, '\0');
  asio::read(c.b, asio::buffer(received));
  BOOST_TEST(received == "length 8: the body");
}

BOOST_AUTO_TEST_CASE(all_of_a_ring_is_written_and_consumed) {
  connected c;
  byte_ring out(64_KiB);
  byte_ring in(64_KiB);
  auto const room = out.prepare(50'000);
  support::fill(room, 1);
  out.commit(50'000);
  BOOST_TEST(asio::write(c.a, dynamic_buffer(out)) == 50'000U);
  BOOST_TEST(out.empty());
  BOOST_TEST(asio::read(c.b, dynamic_buffer(in), asio::transfer_exactly(50'000)) == 50'000U);
  BOOST_TEST(support::verify(in.data(), 1));
}

BOOST_AUTO_TEST_CASE(a_line_that_does_not_fit_is_an_error_and_not_an_overflow) {
  connected c;
  byte_ring ring(4096);
  asio::write(c.a, asio::buffer(std::string(5000, 'x')));
  boost::system::error_code e;
  asio::read_until(c.b, dynamic_buffer(ring), '\n', e);
  BOOST_TEST((e == asio::error::not_found));
  BOOST_TEST(ring.full());
  BOOST_CHECK_THROW(dynamic_buffer(ring).prepare(1), std::length_error);
}

BOOST_AUTO_TEST_CASE(asynchronous_reads_work_as_well) {
  connected c;
  byte_ring ring(4096);
  std::string seen;
  asio::async_read_until(c.b, dynamic_buffer(ring), '\n', [&](boost::system::error_code e, std::size_t n) {
    BOOST_TEST(!e);
    seen = text_of(ring.next(n).bytes());
  });
  asio::write(c.a, asio::buffer(std::string("later\nand more")));
  c.io.run();
  BOOST_TEST(seen == "later\n");
}

BOOST_AUTO_TEST_SUITE_END()
