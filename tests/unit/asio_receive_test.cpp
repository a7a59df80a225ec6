// SPDX-License-Identifier: BSL-1.0
// Receiving by callbacks, futures and coroutines.
#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "build_kind.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/asio.hpp"
#include "quoit/quoit.hpp"

using namespace quoit;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;
using support::bytes_of;
using support::text_of;

BOOST_AUTO_TEST_SUITE(asio_receive_test)

BOOST_AUTO_TEST_CASE(a_callback_gets_what_is_there_and_what_comes) {
  asio::io_context io;
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  async_subscriber sub(io.get_executor(), ch.subscriber());
  std::vector<std::string> seen;
  bool within = false;
  auto const handler = [&](error_code e, message m) {
    BOOST_TEST(!within);
    BOOST_TEST(!e);
    seen.push_back(m ? text_of(m.bytes()) : to_string(m.status()));
  };
  pub.publish(bytes_of("there"));
  within = true;
  sub.async_receive(handler);
  within = false;
  io.run();
  std::thread source([&] {
    std::this_thread::sleep_for(5ms);
    pub.publish(bytes_of("later"));
  });
  io.restart();
  sub.async_receive(handler);
  io.run();
  source.join();
  pub.close();
  io.restart();
  sub.async_receive(handler);
  io.run();
  BOOST_TEST((seen == std::vector<std::string>{"there", "later", "closed"}));
}

BOOST_AUTO_TEST_CASE(a_future_gets_it) {
  asio::io_context io;
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  async_subscriber sub(io.get_executor(), ch.subscriber());
  auto future = sub.async_receive(asio::use_future);
  pub.publish(bytes_of("x"));
  io.run();
  auto const m = future.get();
  BOOST_TEST(text_of(m.bytes()) == "x");
}

BOOST_AUTO_TEST_CASE(none_is_missed_while_it_sleeps_in_between) {
  constexpr std::uint64_t total = 20'000 / support::slower;
  asio::io_context io;
  auto const ch = channel::create_anonymous({.capacity = 4096});
  async_subscriber sub(io.get_executor(), ch.subscriber());
  std::atomic<std::uint64_t> seen{0};
  std::thread source([&] {
    auto pub = ch.publisher();
    for (std::uint64_t i = 1; i <= total; ++i) {
      pub.publish(bytes_of("x"));
      if (i % 4 != 0) continue;
      while (seen.load() < i) std::this_thread::yield();
    }
  });
  std::function<void(error_code, message)> next = [&](error_code e, message m) {
    if (e || m.sequence() != seen + 1) std::abort();
    if (++seen < total) sub.async_receive(next);
  };
  sub.async_receive(next);
  io.run();
  source.join();
  BOOST_TEST(seen == total);
}

BOOST_AUTO_TEST_CASE(cancelling_loses_nothing) {
  asio::io_context io;
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  async_subscriber sub(io.get_executor(), ch.subscriber());
  std::vector<error_code> errors;
  auto const handler = [&](error_code e, message) { errors.push_back(e); };
  sub.async_receive(handler);
  sub.async_receive(handler);  // one at a time
  io.poll();
  sub.cancel();
  io.run();
  BOOST_TEST((errors == std::vector<error_code>{asio::error::already_started, asio::error::operation_aborted}));
  pub.publish(bytes_of("x"));
  io.restart();
  sub.async_receive(handler);
  io.run();
  BOOST_TEST(!errors.back());
  BOOST_TEST(errors.size() == 3U);
}

BOOST_AUTO_TEST_CASE(an_operation_may_outlive_its_subscriber) {
  asio::io_context io;
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  std::optional<error_code> error;
  {
    async_subscriber sub(io.get_executor(), ch.subscriber());
    sub.async_receive([&](error_code e, message) { error = e; });
  }
  pub.publish(bytes_of("x"));
  io.run();
  BOOST_TEST((error == error_code(asio::error::operation_aborted)));
  std::string text;
  {
    async_subscriber sub(io.get_executor(), ch.subscriber({.start = oldest}));
    sub.async_receive([&](error_code, message m) { text = text_of(m.bytes()); });
  }
  io.restart();
  io.run();
  BOOST_TEST(text == "x");  // it was taken before, and a view keeps its memory
}

BOOST_AUTO_TEST_CASE(bytes_of_a_stream_do_not_come_after_its_reader_has_gone) {
  for (bool const gone : {false, true}) {
    asio::io_context io;
    auto const ch = channel::create_anonymous({.kind = stream});
    auto writer = ch.stream_writer();
    std::optional<async_stream_reader> reader(std::in_place, io.get_executor(), ch.stream_reader());
    writer.write(bytes_of("there"));
    std::optional<error_code> error;
    std::size_t size = 0;
    reader->async_data([&](error_code e, stream_view v) {
      error = e;
      size = v.bytes.size();
    });
    gone ? reader.reset() : reader->cancel();
    io.run();
    BOOST_TEST((error == error_code(asio::error::operation_aborted)));
    BOOST_TEST(size == 0U);
  }
}

BOOST_AUTO_TEST_CASE(one_whose_descriptor_somebody_has_closed_is_told_so) {
  asio::io_context io;
  auto const ch = channel::create_anonymous();
  async_subscriber sub(io.get_executor(), ch.subscriber());
  ::close(sub.role().event_fd());
  std::optional<status> seen;
  sub.async_receive([&](error_code, message const& m) { seen = m.status(); });
  io.run();
  BOOST_TEST((seen == status::detached));
}

BOOST_AUTO_TEST_CASE(a_stream_is_read_likewise) {
  asio::io_context io;
  auto const ch = channel::create_anonymous({.kind = stream});
  auto writer = ch.stream_writer();
  async_stream_reader reader(io.get_executor(), ch.stream_reader());
  std::string seen;
  status last{};
  std::function<void(error_code, stream_view)> next = [&](error_code, stream_view v) {
    last = v.status;
    if (!v) return;
    seen += text_of(v.bytes);
    reader.role().consume(v.bytes.size());
    reader.async_data(next);
  };
  reader.async_data(next);
  std::thread source([&] {
    writer.write(bytes_of("abc"));
    std::this_thread::sleep_for(5ms);
    writer.write(bytes_of("def"));
    writer.close();
  });
  io.run();
  source.join();
  BOOST_TEST(seen == "abcdef");
  BOOST_TEST(last == status::closed);
}

#ifdef BOOST_ASIO_HAS_CO_AWAIT

BOOST_AUTO_TEST_CASE(a_coroutine_awaits_it) {
  asio::io_context io;
  auto const there = channel::create_anonymous();
  auto const back = channel::create_anonymous();
  async_subscriber at_there(io.get_executor(), there.subscriber());
  async_subscriber at_back(io.get_executor(), back.subscriber());
  auto to_there = there.publisher();
  auto to_back = back.publisher();
  std::uint32_t rounds = 0;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        while (auto const m = co_await at_there.async_receive(asio::use_awaitable)) to_back.publish({}, m.tag());
      },
      asio::detached);
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        for (std::uint32_t i = 1; i <= 1000; ++i) {
          to_there.publish({}, i);
          auto const m = co_await at_back.async_receive(asio::use_awaitable);
          if (m.tag() == i) ++rounds;
        }
        to_there.close();
      },
      asio::detached);
  io.run();
  BOOST_TEST(rounds == 1000U);
}

#else

BOOST_AUTO_TEST_CASE(a_coroutine_awaits_it) {
  BOOST_TEST_MESSAGE("SKIPPED: this compiler's coroutines are not known to this version of Asio");
}

#endif

BOOST_AUTO_TEST_SUITE_END()
