// SPDX-License-Identifier: BSL-1.0
// Subscribers join and leave all the time, from several processes, some of them by being killed, under full load.
#include <atomic>
#include <thread>
#include <vector>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

bool good(message const& m) {
  return m.tag() == support::tag_of(m.sequence(), m.bytes().size()) && support::verify(m.bytes(), m.sequence());
}

int join_and_leave(std::atomic<std::uint64_t>& joins, std::uint64_t seed) {
  channel ch;
  try {
    ch = channel::open("x");
  } catch (error const& e) {
    return e.code() == make_error_code(errc::no_such_channel) ? 0 : 1;  // removed already
  }
  support::random random(seed);
  while (!ch.retired()) {
    auto sub = ch.subscriber({.start = static_cast<start>(random.below(3))});
    joins.fetch_add(1);
    std::uint64_t last = 0;
    for (auto n = random.below(40); n > 0; --n) {
      auto const m = sub.receive(10ms);
      if (!m) continue;
      support::require(last == 0 || m.sequence() == last + 1, "a gap");
      support::require(good(m), "a damaged message");
      last = m.sequence();
    }
  }
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(join_and_leave_test)

BOOST_AUTO_TEST_CASE(nothing_is_lost_and_no_place_leaks) {
  for (std::uint64_t const capacity : {4_KiB, 256_KiB}) {
    support::scratch_registry const scratch;
    auto const ch = channel::create("x", {.capacity = capacity, .slots = 8});
    auto pub = ch.publisher();
    support::shared_cell<std::atomic<std::uint64_t>> joins;
    support::gate joined;
    support::child steady([&] {  // one that stays from the beginning to the end
      auto sub = channel::open("x").subscriber();
      joined.open();
      for (std::uint64_t next = 1;; ++next) {
        auto const m = sub.receive();
        if (m.status() == status::closed) return 0;
        support::require(m.sequence() == next && good(m), "steady");
      }
    });
    joined.pass();
    support::random random(capacity);
    std::vector<support::child> others;
    for (int i = 0; i < 3; ++i) others.emplace_back([&, s = random()] { return join_and_leave(*joins, s); });
    std::uint64_t number = 0;
    for (int round = 0; round < 60 / support::slower; ++round) {
      for (int i = 0; i < 5000; ++i) {
        auto room = pub.reserve(random.below(300));
        BOOST_REQUIRE(room);
        support::fill(room.bytes(), ++number);
        room.tag(support::tag_of(number, room.bytes().size()));
        room.commit();
      }
      auto const victim = random.below(3);
      others[victim].signal(SIGKILL);
      BOOST_REQUIRE(others[victim].wait() == -SIGKILL);
      others[victim] = support::child([&, s = random()] { return join_and_leave(*joins, s); });
    }
    pub.close();
    BOOST_TEST(steady.wait() == 0);
    channel::remove("x");
    for (auto& c : others) BOOST_TEST(c.wait() == 0);
    BOOST_TEST(ch.participants().empty());
    BOOST_TEST(joins->load() > 100U);
    BOOST_TEST_MESSAGE("capacity " << capacity << ": " << joins->load() << " joins, " << number << " messages");
  }
}

BOOST_AUTO_TEST_SUITE_END()
