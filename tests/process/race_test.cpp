// SPDX-License-Identifier: BSL-1.0
// Several processes that create, take over, replace, remove and open one name at once; some of them are killed.
#include <array>
#include <atomic>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include <sys/file.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "registry/entry.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr int processes = 6;
constexpr int rounds = 40 / support::slower + 2;

struct board {
  std::array<std::array<char, 40>, processes> uuid;
  std::atomic<int> won;
  std::atomic<int> told;
};

void note(std::array<char, 40>& where, std::string const& uuid) { std::memcpy(where.data(), uuid.c_str(), 37); }

/// Leaves a registry file behind whose last holder was killed.
void make_stale() {
  support::child dead([] {
    auto const ch = channel::create("x", replace, {.capacity = 4096});
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  dead.wait();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(race_test)

BOOST_AUTO_TEST_CASE(of_racing_creators_one_wins_and_the_others_are_told) {
  support::scratch_registry const scratch;
  for (int round = 0; round < rounds; ++round) {
    if (round % 2 == 1) make_stale();
    support::shared_cell<board> b;
    support::gate start;
    support::gate tried;
    support::gate leave;
    std::vector<support::child> all;
    for (int i = 0; i < processes; ++i) {
      all.emplace_back([&] {
        start.pass();
        int result = 0;
        try {
          auto const ch = channel::create("x", {.capacity = 4096});
          ++b->won;
          tried.open();
          leave.pass();
        } catch (error const& e) {
          if (e.code() == make_error_code(errc::exists))
            ++b->told;
          else {
            std::fprintf(stderr, "%s\n", e.what());
            result = 1;
          }
          tried.open();
        }
        return result;
      });
    }
    start.open(processes);
    for (int i = 0; i < processes; ++i) tried.pass();
    BOOST_TEST(b->won == 1);
    BOOST_TEST(b->told == processes - 1);
    leave.open(processes);
    for (auto& c : all) BOOST_REQUIRE(c.wait() == 0);
    BOOST_REQUIRE(scratch.files() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(of_many_that_open_or_create_all_get_the_same_channel) {
  support::scratch_registry const scratch;
  for (int round = 0; round < rounds; ++round) {
    if (round % 2 == 1) make_stale();
    support::shared_cell<board> b;
    support::gate start;
    support::gate have;
    support::gate leave;
    std::vector<support::child> all;
    for (int i = 0; i < processes; ++i) {
      all.emplace_back([&, i] {
        start.pass();
        auto const ch = channel::open_or_create("x", {.capacity = 4096});
        note(b->uuid[static_cast<std::size_t>(i)], ch.info().uuid);
        have.open();
        leave.pass();
        return 0;
      });
    }
    start.open(processes);
    for (int i = 0; i < processes; ++i) have.pass();
    std::set<std::string> uuids;
    for (auto const& u : b->uuid) uuids.insert(u.data());
    BOOST_TEST(uuids.size() == 1U);
    leave.open(processes);
    for (auto& c : all) BOOST_REQUIRE(c.wait() == 0);
  }
}

BOOST_AUTO_TEST_CASE(whoever_is_killed_in_the_middle_of_it_the_name_works_at_once) {
  support::scratch_registry const scratch;
  support::random random(11);
  auto const churn = [](std::uint64_t seed) {
    support::random own(seed);
    for (;;) {
      try {
        switch (own.below(4)) {
          case 0: channel::create("x", {.capacity = 4096}); break;
          case 1: channel::create("x", replace, {.capacity = 4096}); break;
          case 2: channel::open_or_create("x", {.capacity = 4096}).subscriber(); break;
          default: channel::remove("x");
        }
      } catch (error const& e) {
        bool const expected = e.code() == make_error_code(errc::exists) ||
                              e.code() == make_error_code(errc::no_such_channel) ||
                              e.code() == make_error_code(errc::unreachable);
        support::require(expected, e.what());
      }
    }
    return 0;
  };
  for (int round = 0; round < 150 / support::slower; ++round) {
    std::vector<support::child> all;
    for (int i = 0; i < 3; ++i) all.emplace_back([&, seed = random()] { return churn(seed); });
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(8000)));
    for (auto& c : all) {
      c.signal(SIGKILL);
      BOOST_REQUIRE(c.wait() == -SIGKILL);
    }
    auto const ch = channel::open_or_create("x", {.capacity = 4096});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    BOOST_REQUIRE(pub.publish(support::bytes_of("works"), 0, 0ms));
    BOOST_REQUIRE(sub.receive(0ms));
  }
  BOOST_TEST(channel::list().size() <= 1U);  // and what the killed ones left is swept away
  BOOST_TEST(scratch.files() <= 1U);
}

BOOST_AUTO_TEST_CASE(a_janitor_that_is_stopped_is_told_after_a_bounded_wait) {
  support::scratch_registry const scratch;
  make_stale();
  auto const file = registry::entry(sys::descriptor(::open(scratch.file("x").c_str(), O_RDWR)), scratch.file("x"));
  auto lock = sys::byte_lock::try_lock(file.fd(), registry::everything);
  BOOST_REQUIRE(static_cast<bool>(lock));
  support::expect_error(
      errc::busy, [] { channel::create("x"); }, "is it stopped?", scratch.file("x"));
  support::expect_error(
      errc::busy, [] { channel::remove("x"); }, "is it stopped?");
  lock.release();
  BOOST_CHECK_NO_THROW(channel::create("x"));
}

BOOST_AUTO_TEST_CASE(openers_meet_creators_and_leavers) {
  support::scratch_registry const scratch;
  support::gate start;
  std::vector<support::child> all;
  for (int i = 0; i < 4; ++i) {
    all.emplace_back([&, i] {
      start.pass();
      support::random own(static_cast<std::uint64_t>(i));
      for (int n = 0; n < 1500 / support::slower; ++n) {
        auto const ch = channel::open_or_create("x", {.capacity = 4096});
        support::require(channel::open("x").info().uuid == ch.info().uuid, "a holder's name leads elsewhere");
      }
      return 0;
    });
  }
  start.open(4);
  for (auto& c : all) BOOST_TEST(c.wait() == 0);
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
