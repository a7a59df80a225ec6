// SPDX-License-Identifier: BSL-1.0
// Publisher and subscribers as threads on one mapping, for ThreadSanitizer: it sees addresses, not pages.
#include <atomic>
#include <thread>
#include <vector>

#include "build_kind.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t total = 400'000 / support::slower;

/// Publishes numbers 1 to `last` by way of all ways of waiting.
void publish_all(publisher& pub, std::uint64_t first, std::uint64_t last, std::size_t longest) {
  support::random random(first);
  for (auto i = first; i <= last; ++i) {
    auto room = pub.reserve(random.below(longest), forever, i % 3 == 0 ? waiting::sleep : waiting::spin);
    if (!room) std::abort();
    support::fill(room.bytes(), i);
    room.tag(support::tag_of(i, room.bytes().size()));
    if (room.commit().sequence != i) std::abort();
  }
}

bool good(message const& m, std::uint64_t expected) {
  return m.sequence() == expected && m.tag() == support::tag_of(expected, m.bytes().size()) &&
         support::verify(m.bytes(), expected);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(threads_test)

BOOST_AUTO_TEST_CASE(one_publisher_and_three_ways_of_reading) {
  for (auto const& options : {channel_options{.capacity = 4096}, channel_options{.capacity = 64_KiB, .records = 16},
                              channel_options{.capacity = 64_KiB}}) {
    auto const ch = channel::create_anonymous(options);
    std::atomic<int> errors{0};
    std::vector<std::thread> readers;
    std::vector<subscriber> subs;
    for (int i = 0; i < 3; ++i) subs.push_back(ch.subscriber());
    readers.emplace_back([&] {
      for (std::uint64_t i = 1; i <= total; ++i) errors += !good(subs[0].receive(), i);
    });
    readers.emplace_back([&] {
      std::uint64_t next = 1;
      while (next <= total) {
        auto const r = subs[1].poll([&](message const& m) { errors += !good(m, next++); });
        if (r.count == 0) {
          if (auto const m = subs[1].receive(forever, waiting::sleep)) errors += !good(m, next++);
        }
      }
    });
    readers.emplace_back([&] {
      support::random random(9);
      std::vector<message> out;
      for (std::uint64_t next = 1; next <= total;) {
        if (auto m = subs[2].try_receive()) {
          errors += !good(m, next++);
          out.push_back(std::move(m));
        }
        if (out.size() > random.below(8) || random.below(4) == 0) out.clear();
      }
    });
    auto pub = ch.publisher();
    publish_all(pub, 1, total, 700);
    for (auto& t : readers) t.join();
    BOOST_TEST(errors == 0);
  }
}

BOOST_AUTO_TEST_CASE(subscribers_join_and_leave_while_others_publish_and_succeed_each_other) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .slots = 4});
  std::atomic<bool> done{false};
  std::atomic<int> errors{0};
  std::atomic<int> joins{0};
  std::vector<std::thread> joiners;
  for (int k = 0; k < 2; ++k) {
    joiners.emplace_back([&, k] {
      support::random random(static_cast<std::uint64_t>(k) + 1);
      while (!done) {
        auto sub = ch.subscriber({.start = static_cast<start>(random.below(3))});
        ++joins;
        std::uint64_t last = 0;
        for (auto n = random.below(50); n > 0; --n) {
          auto const m = sub.receive(1ms);
          if (!m) continue;
          errors += last != 0 && m.sequence() != last + 1;
          last = m.sequence();
          errors += !good(m, last);
        }
      }
    });
  }
  std::uint64_t published = 0;
  while (published < total / 2 || joins <= 10) {
    auto pub = ch.publisher();
    publish_all(pub, published + 1, published + 1000, 200);
    published += 1000;
  }
  done = true;
  for (auto& t : joiners) t.join();
  BOOST_TEST(errors == 0);
  BOOST_TEST(ch.participants().empty());
}

BOOST_AUTO_TEST_CASE(two_threads_share_two_channels_back_and_forth) {
  auto const there = channel::create_anonymous({.capacity = 4096});
  auto const back = channel::create_anonymous({.capacity = 4096});
  auto there_sub = there.subscriber();
  auto back_sub = back.subscriber();
  constexpr std::uint64_t rounds = 20'000 / support::slower;
  std::thread echo([&] {
    auto pub = back.publisher();
    for (std::uint64_t i = 1; i <= rounds; ++i) {
      auto const m = there_sub.receive(forever, i % 2 == 0 ? waiting::sleep : waiting::spin);
      pub.publish(m.bytes(), m.tag());
    }
  });
  auto pub = there.publisher();
  for (std::uint64_t i = 1; i <= rounds; ++i) {
    pub.publish(support::bytes_of("ping"), static_cast<std::uint32_t>(i));
    auto const m = back_sub.receive(forever, i % 3 == 0 ? waiting::sleep : waiting::spin);
    BOOST_REQUIRE(m.tag() == i);
  }
  // Slices of 100 ms hide a lost wake-up, so they are counted: one may run out at the very moment of a wake.
  std::uint64_t overslept = 0;
  for (auto const& ch : {&there, &back}) {
    for (auto const& p : ch->participants()) overslept += p.overslept;
  }
  BOOST_TEST(overslept <= 2U);
  echo.join();
}

BOOST_AUTO_TEST_CASE(a_wake_comes_when_it_is_due_and_not_at_the_end_of_a_slice) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto sub = ch.subscriber();
  constexpr std::uint64_t rounds = 20'000 / support::slower;
  std::atomic<std::uint64_t> seen{0};
  std::thread source([&] {
    auto pub = ch.publisher();
    for (std::uint64_t i = 1; i <= rounds; ++i) {
      pub.publish(support::bytes_of("x"), 0, forever, waiting::sleep);
      if (i % 4 != 0) continue;
      while (seen.load() < i) std::this_thread::yield();  // so that the reader goes to sleep again and again
    }
    while (seen.load() < rounds) std::this_thread::yield();
  });
  for (std::uint64_t i = 1; i <= rounds; ++i) {
    BOOST_REQUIRE(sub.receive(forever, waiting::sleep).sequence() == i);
    seen = i;
  }
  std::uint64_t overslept = 0;
  for (auto const& p : ch.participants()) overslept += p.overslept;
  source.join();
  BOOST_TEST(overslept <= 2U);
}

BOOST_AUTO_TEST_SUITE_END()
