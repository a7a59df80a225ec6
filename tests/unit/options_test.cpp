// SPDX-License-Identifier: BSL-1.0
// Places: how many, for whom, and what is said when there are none.
#include <deque>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

using namespace quoit;
using support::bytes_of;

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_AUTO_TEST_CASE(more_subscribers_than_places) {
  auto const ch = channel::create_anonymous({.slots = 3});
  std::deque<subscriber> subs;
  for (int i = 0; i < 3; ++i) subs.push_back(ch.subscriber());
  support::expect_error(
      errc::no_slot, [&] { ch.subscriber(); }, "fewer than 3 subscribers (the channel's slots)",
      "all places taken: pid", "more slots");
  subs.pop_front();
  BOOST_CHECK_NO_THROW(ch.subscriber());
}

BOOST_AUTO_TEST_CASE(more_reliable_subscribers_than_the_cap) {
  auto const ch = channel::create_anonymous({.slots = 10, .max_reliable = 2});
  auto const a = ch.subscriber();
  auto const b = ch.subscriber();
  support::expect_error(
      errc::no_slot, [&] { ch.subscriber(); }, "fewer than 2 reliable subscribers (the channel's cap)",
      "larger max_reliable");
  auto const none = channel::create_anonymous({.max_reliable = 0});
  support::expect_error(
      errc::no_slot, [&] { none.subscriber(); }, "admits reliable subscribers", "max_reliable 0");
  BOOST_TEST(none.publisher().publish(bytes_of("x")).sequence == 1U);
}

BOOST_AUTO_TEST_CASE(a_thousand_subscribers) {
  auto const ch = channel::create_anonymous({.slots = 1000});
  auto pub = ch.publisher();
  std::deque<subscriber> subs;
  for (int i = 0; i < 1000; ++i) subs.push_back(ch.subscriber());
  BOOST_TEST(pub.publish(bytes_of("to all")).sequence == 1U);
  for (auto& s : subs) BOOST_REQUIRE(s.receive().sequence() == 1U);
  BOOST_TEST(pub.subscribers().size() == 1000U);
}

BOOST_AUTO_TEST_CASE(places_are_used_again_and_again) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .slots = 1});
  auto pub = ch.publisher();
  for (std::uint64_t i = 1; i <= 2000; ++i) {
    auto sub = ch.subscriber();
    BOOST_REQUIRE(pub.publish(bytes_of("x")).sequence == i);
    BOOST_REQUIRE(sub.receive().sequence() == i);
  }
}

BOOST_AUTO_TEST_CASE(what_was_chosen_is_told) {
  auto const ch = channel::create_anonymous({.capacity = 3_MiB,
                                             .type = type_id{"pose", 7},
                                             .records = 100,
                                             .slots = 5,
                                             .max_reliable = 2,
                                             .alignment = 64,
                                             .timestamps = true});
  auto const i = ch.info();
  BOOST_TEST(i.capacity == 4_MiB);
  BOOST_TEST(i.max_payload == 4_MiB - 16);
  BOOST_TEST(i.type.name == "pose");
  BOOST_TEST(i.type.version == 7U);
  BOOST_TEST(i.records == 128U);
  BOOST_TEST(i.slots == 5U);
  BOOST_TEST(i.max_reliable == 2U);
  BOOST_TEST(i.alignment == 64U);
  BOOST_TEST(i.timestamps);
  BOOST_TEST(i.created > 0);
  BOOST_TEST(i.uuid.size() == 36U);
  BOOST_TEST(i.header_bytes > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
