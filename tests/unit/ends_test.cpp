// SPDX-License-Identifier: BSL-1.0
#include "expect_error.hpp"
#include "hostile_peer.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::bytes_of;

BOOST_AUTO_TEST_SUITE(ends_test)

BOOST_AUTO_TEST_CASE(everything_is_read_and_then_the_end_is_met_once) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  {
    auto pub = ch.publisher();
    pub.publish(bytes_of("one"));
    pub.publish(bytes_of("two"));
  }
  BOOST_TEST(sub.receive().sequence() == 1U);
  BOOST_TEST(sub.receive().sequence() == 2U);
  BOOST_TEST(sub.receive().status() == status::closed);
  BOOST_TEST(sub.receive(1ms).status() == status::timeout);
}

BOOST_AUTO_TEST_CASE(a_new_publisher_goes_on_and_so_do_numbers_and_subscribers) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto sub = ch.subscriber();
  std::uint64_t expected = 1;
  for (int generation = 0; generation < 100; ++generation) {
    {
      auto pub = ch.publisher();
      for (int i = 0; i < generation % 7; ++i) BOOST_REQUIRE(pub.publish(bytes_of("x"), 0, 0ms));
    }
    for (int i = 0; i < generation % 7; ++i) BOOST_REQUIRE(sub.receive().sequence() == expected++);
    BOOST_REQUIRE(sub.receive().status() == status::closed);
    BOOST_REQUIRE(sub.try_receive().status() == status::timeout);
  }
}

BOOST_AUTO_TEST_CASE(ends_stand_between_the_messages_of_two_publishers) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  auto polled = ch.subscriber();
  ch.publisher().publish(bytes_of("of the first"));
  ch.publisher().publish(bytes_of("of the second"));
  { auto const silent = ch.publisher(); }
  BOOST_TEST(sub.receive().sequence() == 1U);
  BOOST_TEST(sub.receive().status() == status::closed);
  BOOST_TEST(sub.receive().sequence() == 2U);
  BOOST_TEST(sub.receive().status() == status::closed);
  BOOST_TEST(sub.receive().status() == status::closed);  // of the one that said nothing
  BOOST_TEST(sub.receive(1ms).status() == status::timeout);
  auto const ignore = [](message const&) {};
  for (int i = 0; i < 2; ++i) {
    auto const r = polled.poll(ignore);
    BOOST_TEST(r.count == 1U);
    BOOST_TEST(r.status == status::closed);
  }
  BOOST_TEST(polled.poll(ignore).status == status::closed);
  BOOST_TEST(polled.poll(ignore).status == status::ok);
}

BOOST_AUTO_TEST_CASE(ends_of_the_past_are_met_by_who_starts_before_them) {
  auto const ch = channel::create_anonymous();
  ch.publisher().publish(bytes_of("x"));
  ch.publisher().publish(bytes_of("x"));
  auto from_oldest = ch.subscriber({.start = oldest});
  auto from_latest = ch.subscriber({.start = latest});
  auto from_next = ch.subscriber();
  BOOST_TEST(from_oldest.receive().sequence() == 1U);
  BOOST_TEST(from_oldest.receive().status() == status::closed);
  BOOST_TEST(from_oldest.receive().sequence() == 2U);
  BOOST_TEST(from_oldest.receive().status() == status::closed);
  BOOST_TEST(from_latest.receive().sequence() == 2U);
  BOOST_TEST(from_latest.receive().status() == status::closed);
  BOOST_TEST(from_next.receive(1ms).status() == status::timeout);
}

BOOST_AUTO_TEST_CASE(at_least_the_last_sixteen_ends_are_remembered) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  for (int i = 0; i < 40; ++i) ch.publisher().publish(bytes_of("x"));
  int ends = 0;
  int messages = 0;
  for (;;) {
    auto const m = sub.receive(1ms);
    if (m.status() == status::timeout) break;
    m ? ++messages : ++ends;
  }
  BOOST_TEST(messages == 40);  // no message is ever lost
  BOOST_TEST(ends >= 16);
  BOOST_TEST(ends <= 40);
}

BOOST_AUTO_TEST_CASE(a_second_publisher_is_refused_with_the_first_one_named) {
  auto const ch = channel::create_anonymous();
  auto first = ch.publisher({.label = "the first"});
  support::expect_error(
      errc::publisher_taken, [&] { ch.publisher(); }, "pid " + std::to_string(::getpid()), "'the first'");
  first.publish(bytes_of("unharmed"));
  first.close();
  BOOST_CHECK_NO_THROW(ch.publisher());
}

BOOST_AUTO_TEST_CASE(an_end_that_its_publisher_cannot_write_is_left_to_the_others) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = channel::create_anonymous({.publishers = publishers});
    support::hostile_peer const p(ch);
    auto sub = ch.subscriber();
    auto pub = ch.publisher();
    pub.publish(bytes_of("one"));
    auto const floor = p.shared.words().floor.word.exchange(0);
    pub.close();
    p.shared.words().floor.word = floor;
    BOOST_TEST(sub.receive().sequence() == 1U);
    BOOST_TEST(sub.receive(60s).status() == status::died);
    BOOST_CHECK_NO_THROW(ch.publisher());
  }
}

BOOST_AUTO_TEST_SUITE_END()
