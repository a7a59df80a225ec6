// SPDX-License-Identifier: BSL-1.0
#include <deque>
#include <vector>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::bytes_of;
using support::text_of;

BOOST_AUTO_TEST_SUITE(messages_test)

BOOST_AUTO_TEST_CASE(what_is_committed_arrives_with_number_and_tag) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  auto room = pub.reserve(100);
  BOOST_REQUIRE(room);
  BOOST_TEST(room.bytes().size() == 100U);
  std::memcpy(room.bytes().data(), "hello", 5);
  room.tag(0xABCD);
  auto const done = room.commit(5);  // less than was reserved
  BOOST_TEST(done.status == status::ok);
  BOOST_TEST(done.sequence == 1U);
  auto const m = sub.receive();
  BOOST_REQUIRE(m);
  BOOST_TEST(text_of(m.bytes()) == "hello");
  BOOST_TEST(m.sequence() == 1U);
  BOOST_TEST(m.tag() == 0xABCDU);
  BOOST_TEST(m.time() == 0);
  BOOST_TEST(m.whole());
  BOOST_TEST(pub.publish(bytes_of("again")).sequence == 2U);
}

BOOST_AUTO_TEST_CASE(nothing_of_a_discarded_reservation_is_seen) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  {
    auto room = pub.reserve(1000);
    std::memset(room.bytes().data(), 'x', 1000);
  }
  auto room = pub.reserve(10);
  room.discard();
  room.discard();
  BOOST_TEST(room.commit().status == status::detached);
  BOOST_TEST(sub.try_receive().status() == status::timeout);
  BOOST_TEST(pub.publish(bytes_of("first")).sequence == 1U);
  BOOST_TEST(text_of(sub.receive().bytes()) == "first");
}

BOOST_AUTO_TEST_CASE(every_size_from_nothing_to_the_whole_ring) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  BOOST_TEST(pub.max_payload() == 4096U - 16U);
  for (std::size_t size = 0; size <= pub.max_payload(); ++size) {
    auto room = pub.reserve(size);
    BOOST_REQUIRE(room);
    support::fill(room.bytes(), size);
    BOOST_REQUIRE(room.commit());
    auto const m = sub.receive();
    BOOST_REQUIRE(m);
    BOOST_REQUIRE(m.bytes().size() == size);
    BOOST_REQUIRE(support::verify(m.bytes(), size));
  }
  BOOST_TEST(pub.reserve(pub.max_payload() + 1).status() == status::too_big);
  BOOST_TEST(pub.reserve(~std::size_t{0}).status() == status::too_big);
  BOOST_TEST(pub.publish(std::vector<std::byte>(5000)).status == status::too_big);
}

BOOST_AUTO_TEST_CASE(views_and_reservations_are_contiguous_at_every_offset_of_the_ring) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  support::random random(3);
  for (std::uint64_t i = 1; i < 20'000; ++i) {
    auto room = pub.reserve(random.below(2000));
    support::fill(room.bytes(), i);
    room.commit();
    auto const m = sub.receive();
    BOOST_REQUIRE(m.sequence() == i);
    BOOST_REQUIRE(support::verify(m.bytes(), i));
  }
}

BOOST_AUTO_TEST_CASE(a_full_ring_says_so_and_goes_on_when_there_is_room) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  std::uint64_t published = 0;
  while (auto room = pub.try_reserve(100)) {
    room.commit();
    ++published;
  }
  BOOST_TEST(published == 4096U / 128U);
  BOOST_TEST(pub.try_reserve(100).status() == status::full);
  BOOST_TEST(pub.reserve(100, 1ms).status() == status::timeout);
  BOOST_TEST(pub.reserve(100, 0ms).status() == status::timeout);
  BOOST_TEST(pub.reserve(100, -5ms, waiting::sleep).status() == status::timeout);
  BOOST_TEST(pub.publish(bytes_of("x"), 0, 1ms, waiting::poll).status == status::timeout);
  BOOST_TEST(sub.lag() == published);
  { auto const m = sub.receive(); }
  BOOST_TEST(static_cast<bool>(pub.try_reserve(100)));
}

BOOST_AUTO_TEST_CASE(descriptors_can_run_out_before_bytes) {
  auto const ch = channel::create_anonymous({.capacity = 64_KiB, .records = 8});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  std::uint64_t published = 0;
  while (auto room = pub.try_reserve(0)) {
    room.commit();
    ++published;
  }
  BOOST_TEST(published == 7U);  // D - 1: the descriptor before the oldest record must stay
  for (std::uint64_t i = 1; i < 1000; ++i) {
    BOOST_REQUIRE(sub.receive().sequence() == i);
    BOOST_REQUIRE(pub.try_reserve(0).commit());
  }
}

BOOST_AUTO_TEST_CASE(without_subscribers_nothing_holds_a_publisher_up) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  for (std::uint64_t i = 1; i <= 10'000; ++i) BOOST_REQUIRE(pub.publish(bytes_of("some bytes"), 0, 0ms).sequence == i);
}

BOOST_AUTO_TEST_CASE(one_reservation_at_a_time) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto first = pub.reserve(10);
  BOOST_TEST(pub.reserve(10).status() == status::busy);
  BOOST_TEST(pub.try_reserve(10).status() == status::busy);
  BOOST_TEST(pub.publish(bytes_of("x")).status == status::busy);
  BOOST_TEST(first.commit(11).status == status::too_big);  // and nothing is lost:
  BOOST_TEST(first.commit(10).sequence == 1U);
  BOOST_TEST(static_cast<bool>(pub.reserve(10)));
}

BOOST_AUTO_TEST_CASE(starting_at_next_latest_and_oldest) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto early = ch.subscriber({.start = latest});  // of an empty channel: the next
  for (int i = 0; i < 5; ++i) pub.publish(bytes_of("x"));
  auto at_next = ch.subscriber();
  auto at_latest = ch.subscriber({.start = latest});
  auto at_oldest = ch.subscriber({.start = oldest});
  pub.publish(bytes_of("x"));
  BOOST_TEST(early.receive().sequence() == 1U);
  BOOST_TEST(at_next.receive().sequence() == 6U);
  BOOST_TEST(at_latest.receive().sequence() == 5U);
  BOOST_TEST(at_oldest.receive().sequence() == 1U);
}

BOOST_AUTO_TEST_CASE(the_ring_keeps_nearly_all_its_bytes_as_history) {
  auto const ch = channel::create_anonymous({.capacity = 64_KiB, .records = 4096});
  auto pub = ch.publisher();
  for (std::uint64_t i = 1; i <= 10'000; ++i) pub.publish(bytes_of("0123456789abcdef"));  // 32 bytes each
  auto sub = ch.subscriber({.start = oldest});
  std::uint64_t kept = 0;
  std::uint64_t first = 0;
  while (auto const m = sub.try_receive()) {
    if (kept++ == 0) first = m.sequence();
    BOOST_REQUIRE(m.sequence() == first + kept - 1);
  }
  BOOST_TEST(first + kept - 1 == 10'000U);
  BOOST_TEST(kept * 32 >= 64_KiB * 15 / 16);
}

BOOST_AUTO_TEST_CASE(every_subscriber_gets_everything) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  std::deque<subscriber> subs;
  for (int i = 0; i < 64; ++i) subs.push_back(ch.subscriber());
  for (std::uint64_t i = 1; i <= 100; ++i) {
    pub.publish(bytes_of("to all"));
    for (auto& s : subs) BOOST_REQUIRE(s.receive().sequence() == i);
  }
}

BOOST_AUTO_TEST_CASE(the_slowest_subscriber_is_the_one_that_counts) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto slow = ch.subscriber();
  auto fast = ch.subscriber();
  while (pub.publish(bytes_of("x"), 0, 0ms)) BOOST_REQUIRE(fast.receive());
  BOOST_TEST(fast.lag() == 0U);
  BOOST_TEST(slow.lag() > 0U);
  slow.close();
  BOOST_TEST(pub.publish(bytes_of("x"), 0, 0ms).status == status::ok);
}

BOOST_AUTO_TEST_CASE(poll_hands_over_all_that_is_there) {
  auto const ch = channel::create_anonymous({.capacity = 64_KiB});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  std::uint64_t next = 1;
  auto const take = [&](message const& m) {
    BOOST_REQUIRE(m.sequence() == next++);
    BOOST_REQUIRE(support::verify(m.bytes(), m.sequence()));
  };
  BOOST_TEST(sub.poll(take).count == 0U);
  for (std::uint64_t i = 1; i <= 300; ++i) {
    auto room = pub.reserve(i % 100);
    support::fill(room.bytes(), i);
    room.commit();
  }
  auto const r = sub.poll(take);
  BOOST_TEST(r.status == status::ok);
  BOOST_TEST(r.count == 300U);
  BOOST_TEST(sub.lag() == 0U);
}

BOOST_AUTO_TEST_CASE(poll_ends_though_one_more_comes_for_each_that_it_handles) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (int i = 0; i < 10; ++i) pub.publish(bytes_of("x"));
  auto const r = sub.poll([&](message const&) { pub.publish(bytes_of("while it polls")); });
  BOOST_TEST(r.count == 10U + 31U);  // the head that it saw when it had taken 32
}

BOOST_AUTO_TEST_CASE(a_message_whose_handler_throws_counts_as_read) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (int i = 0; i < 3; ++i) pub.publish(bytes_of("x"));
  BOOST_CHECK_THROW(sub.poll([](message const& m) {
    if (m.sequence() == 2) throw std::runtime_error("no");
  }),
                    std::runtime_error);
  BOOST_TEST(sub.receive().sequence() == 3U);
  BOOST_TEST(sub.lag() == 0U);
}

BOOST_AUTO_TEST_CASE(a_handler_may_receive_or_close) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (int i = 0; i < 6; ++i) pub.publish(bytes_of("x"));
  std::vector<std::uint64_t> seen;
  sub.poll([&](message const& m) {
    seen.push_back(m.sequence());
    if (m.sequence() == 2) seen.push_back(sub.receive().sequence());
    if (m.sequence() == 4) sub.close();
  });
  BOOST_TEST(seen == (std::vector<std::uint64_t>{1, 2, 3, 4}), boost::test_tools::per_element());
  BOOST_TEST(sub.receive().status() == status::detached);
  BOOST_TEST(pub.subscribers().empty());
}

BOOST_AUTO_TEST_CASE(a_poll_that_has_gone_on_by_more_than_a_ring_meanwhile_ends) {
  // Where it is to end is looked up with the 32nd message, which is beyond all that was held at first.
  {
    auto const ch = channel::create_anonymous({.capacity = 65'536, .records = 64});
    auto pub = ch.publisher();
    auto sub = ch.subscriber({.start = oldest, .delivery = lossy, .conflate = true});
    pub.publish(bytes_of("x"));
    std::size_t n = 0;
    auto const r = sub.poll([&](message const&) {
      for (int k = ++n == 31 ? 100 : 1; k > 0; --k) pub.publish(bytes_of("x"));
    });
    BOOST_TEST(r.status == status::ok);
    BOOST_TEST(r.count == 32U);
  }
  {
    auto const ch = channel::create_anonymous({.capacity = 65'536, .records = 64, .publishers = 2});
    auto pub = ch.publisher();
    auto sub = ch.subscriber({.start = oldest});
    for (int i = 0; i < 31; ++i) pub.publish(bytes_of("x"));
    std::size_t n = 0;
    auto const r = sub.poll([&](message const&) {
      if (++n != 31) return;
      for (int k = 0; k < 45; ++k) BOOST_REQUIRE(pub.try_reserve(8).status() == status::ok);  // and is discarded
      BOOST_REQUIRE(pub.publish(bytes_of("x")).sequence == 77U);
    });
    BOOST_TEST(r.status == status::ok);
    BOOST_TEST(r.count == 32U);
  }
}

BOOST_AUTO_TEST_CASE(a_poll_within_a_poll_is_busy) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (int i = 0; i < 3; ++i) pub.publish(bytes_of("x"));
  auto const r = sub.poll([&](message const& m) {
    BOOST_TEST(sub.poll([](message const&) {}).status == status::busy);
    BOOST_TEST(m.whole());
    BOOST_TEST(text_of(m.bytes()) == "x");
    if (m.sequence() == 2) sub.close();
  });
  BOOST_TEST(r.count == 2U);
}

BOOST_AUTO_TEST_CASE(payloads_are_aligned_as_the_rules_say) {
  for (std::uint32_t const alignment : {16U, 64U, 512U, 4096U}) {
    auto const ch = channel::create_anonymous({.capacity = 64_KiB, .alignment = alignment});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    support::random random(alignment);
    for (std::uint64_t i = 1; i < 2000; ++i) {
      auto const size = i % 50 == 0 ? pub.max_payload() : random.below(5000);
      auto room = pub.reserve(size);
      BOOST_REQUIRE(reinterpret_cast<std::uintptr_t>(room.bytes().data()) % alignment == 0U);
      support::fill(room.bytes(), i);
      room.commit();
      auto const m = sub.receive();
      BOOST_REQUIRE(reinterpret_cast<std::uintptr_t>(m.bytes().data()) % alignment == 0U);
      BOOST_REQUIRE(support::verify(m.bytes(), i));
    }
  }
}

BOOST_AUTO_TEST_CASE(time_stamps_are_kept_if_asked_for) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .timestamps = true});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  std::int64_t last = 1;
  for (int i = 0; i < 500; ++i) {
    pub.publish(bytes_of("x"));
    auto const m = sub.receive();
    BOOST_REQUIRE(m.time() >= last);
    last = m.time();
  }
}

BOOST_AUTO_TEST_CASE(participants_are_shown_with_label_and_counts) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher({.label = "camera"});
  auto sub = ch.subscriber({.label = std::string(100, 'L')});
  auto unnamed = ch.subscriber();
  for (int i = 0; i < 3; ++i) pub.publish(bytes_of("12345"));
  { auto const m = sub.receive(); }
  auto const all = ch.participants();
  BOOST_REQUIRE(all.size() == 3U);
  BOOST_CHECK(all[0].role == participant_info::role::publisher);
  BOOST_TEST(all[0].label == "camera");
  BOOST_TEST(all[0].pid == ::getpid());
  BOOST_TEST(all[0].messages == 3U);
  BOOST_TEST(all[0].bytes == 15U);
  BOOST_TEST(all[1].label == std::string(47, 'L'));
  BOOST_TEST(all[1].messages == 1U);
  BOOST_TEST(all[1].lag == 2U);
  BOOST_TEST(!all[2].label.empty());
  BOOST_TEST(pub.subscribers().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_label_is_told_without_control_characters_and_what_is_no_utf_8) {
  std::pair<std::string, std::string> const labels[] = {
      {"plain ä€😀\u00a0", "plain ä€😀\u00a0"},
      {"\033[2J\t\n\x7f", "?[2J???"},
      {"\u009b31m \u0080 \u009f", "??31m ?? ??"},            // as some terminals know ESC [
      {"\x9b \xff \xc0\x80 \xe0\x80\x80", "? ? ?? ???"},     // bytes alone, and too many for 0
      {"\xed\xa0\x80 \xf4\x90\x80\x80 \xf5", "??? ???? ?"},  // a surrogate, beyond the last one
      {"\xc2", "?"},                                         // cut
      {"\xc2; \xe2\x82;", "?; ??;"},
      {"x" + std::string(45, 'L') + "ä", "x" + std::string(45, 'L')},  // one that does not fit is left out
      {std::string(50, '\xa4'), std::string(44, '?')},
  };
  auto const ch = channel::create_anonymous();
  for (auto const& [label, told] : labels) {
    auto const sub = ch.subscriber({.label = label});
    BOOST_TEST(ch.participants().at(0).label == told);
  }
}

BOOST_AUTO_TEST_CASE(use_after_close_or_move_is_detached) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  auto moved = std::move(pub);
  BOOST_TEST(pub.reserve(1).status() == status::detached);
  BOOST_TEST(pub.publish(bytes_of("x")).status == status::detached);
  BOOST_TEST(pub.max_payload() == 0U);
  BOOST_TEST(pub.wait_for_subscribers(1) == status::detached);
  BOOST_TEST(pub.subscribers().empty());
  auto room = moved.reserve(10);
  moved.close();
  moved.close();
  BOOST_TEST(room.commit().status == status::detached);
  sub.close();
  sub.close();
  BOOST_TEST(sub.receive().status() == status::detached);
  BOOST_TEST(sub.try_receive().status() == status::detached);
  BOOST_TEST(sub.poll([](message const&) {}).status == status::detached);
  BOOST_TEST(sub.lag() == 0U);
  sub.interrupt();
  pub.interrupt();
  BOOST_TEST(!pub.retired());
}

BOOST_AUTO_TEST_SUITE_END()
