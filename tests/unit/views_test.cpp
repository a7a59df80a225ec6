// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <vector>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::bytes_of;

BOOST_AUTO_TEST_SUITE(views_test)

BOOST_AUTO_TEST_CASE(sixty_four_may_be_out_and_one_more_is_too_many) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (int i = 0; i < 70; ++i) pub.publish(bytes_of("x"));
  std::vector<message> out;
  for (int i = 0; i < 64; ++i) {
    out.push_back(sub.receive());
    BOOST_REQUIRE(out.back());
  }
  BOOST_TEST(sub.receive().status() == status::too_many);
  BOOST_TEST(sub.try_receive().status() == status::too_many);
  out.erase(out.begin() + 30);
  // One in the middle frees nothing: they are numbered, and the oldest is still out.
  BOOST_TEST(sub.try_receive().status() == status::too_many);
  out.erase(out.begin());
  BOOST_TEST(sub.receive().sequence() == 65U);
}

BOOST_AUTO_TEST_CASE(released_in_any_order_the_oldest_one_out_holds_the_publisher) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  support::random random(5);
  std::vector<message> out;
  std::uint64_t published = 0;
  std::uint64_t received = 0;
  for (int step = 0; step < 200'000; ++step) {
    auto const dice = random.below(10);
    if (dice < 4) {
      if (auto room = pub.try_reserve(random.below(300))) {
        support::fill(room.bytes(), ++published);
        room.commit();
      }
    } else if (dice < 7) {
      if (auto m = sub.try_receive()) {
        BOOST_REQUIRE(m.sequence() == ++received);
        out.push_back(std::move(m));
      }
    } else if (!out.empty()) {
      auto const i = random.below(out.size());
      BOOST_REQUIRE(support::verify(out[i].bytes(), out[i].sequence()));
      out.erase(out.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  for (auto const& m : out) {
    BOOST_REQUIRE(m.whole());
    BOOST_REQUIRE(support::verify(m.bytes(), m.sequence()));
  }
  BOOST_TEST(published > 10'000U);
}

BOOST_AUTO_TEST_CASE(a_view_outlives_its_subscriber_and_its_channel) {
  message kept;
  {
    auto const ch = channel::create_anonymous({.capacity = 4096});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    pub.publish(bytes_of("still here"));
    kept = sub.receive();
    pub.publish(bytes_of("not read"));
  }
  BOOST_TEST(support::text_of(kept.bytes()) == "still here");
  BOOST_TEST(kept.whole());
}

BOOST_AUTO_TEST_CASE(the_place_is_given_back_with_the_last_view) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  pub.publish(bytes_of("one"));
  pub.publish(bytes_of("two"));
  auto first = sub.receive();
  auto second = sub.receive();
  sub.close();
  BOOST_TEST(pub.subscribers().size() == 1U);
  while (pub.publish(bytes_of("more"), 0, 0ms)) {
  }
  BOOST_TEST(support::text_of(first.bytes()) == "one");
  second.release();
  BOOST_TEST(pub.publish(bytes_of("more"), 0, 0ms).status == status::timeout);
  first.release();
  BOOST_TEST(pub.subscribers().empty());
  BOOST_TEST(pub.publish(bytes_of("more"), 0, 0ms).status == status::ok);
}

BOOST_AUTO_TEST_CASE(a_released_view_is_empty_and_releasing_again_does_nothing) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  pub.publish(bytes_of("x"));
  auto m = sub.receive();
  m.release();
  m.release();
  BOOST_TEST(!m);
  BOOST_TEST(m.status() == status::detached);
  BOOST_TEST(m.bytes().empty());
  BOOST_TEST(!m.whole());
}

BOOST_AUTO_TEST_CASE(a_reservation_outlives_its_publisher_harmlessly) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  reservation kept;
  {
    auto pub = ch.publisher();
    kept = pub.reserve(100);
  }
  BOOST_TEST(kept.commit().status == status::detached);
  BOOST_TEST(sub.receive().status() == status::closed);
  BOOST_CHECK_NO_THROW(ch.publisher());
}

BOOST_AUTO_TEST_SUITE_END()
