// SPDX-License-Identifier: BSL-1.0
// Observers beside other processes: of each backing, of the dead, of a name that goes, and stopped ones.
#include <optional>
#include <string>
#include <vector>

#include <signal.h>
#include <unistd.h>

#include "backing_kinds.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "resources.hpp"
#include "scratch_registry.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t count = 50;

/// Publishes verifiable messages and stays until it is killed.
void publish_and_stay(channel const& ch, support::gate const& ready) {
  auto pub = ch.publisher({.label = "other"});
  for (std::uint64_t i = 1; i <= count; ++i) {
    auto room = pub.reserve(i * 3);
    support::fill(room.bytes(), i);
    room.commit();
  }
  ready.open();
  ::pause();
}

std::size_t read_all(observer const& o) {
  std::size_t good = 0;
  auto const r = o.read(0, [&](observed_record const& m) { good += support::verify(m.bytes, m.sequence); });
  BOOST_TEST(r.status == status::ok);
  BOOST_TEST(r.count == good);
  return good;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(observer_test)

BOOST_AUTO_TEST_CASE(each_backing_with_its_publisher_alive_and_killed) {
  for (auto const k : support::memory_kinds()) {
    support::memory_choice const choice(k);
    if (!choice.available()) {
      BOOST_TEST_MESSAGE("SKIPPED for hugetlb: no huge pages here, and no right to get some");
      continue;
    }
    for (std::uint32_t const publishers : {1U, 3U}) {
      BOOST_TEST_CONTEXT(to_string(k) << ", " << publishers << " publishers") {
        support::scratch_registry const scratch;
        auto options = choice.options("of-" + std::to_string(publishers));
        options.publishers = publishers;
        support::gate const ready;
        support::child other([&] {
          publish_and_stay(channel::create("x", options), ready);
          return 0;
        });
        ready.pass();
        auto const before = support::resources::now();
        {
          auto const o = observer::open("x");
          BOOST_TEST((o.info().backing == choice.backing()));
          auto s = o.sample();
          BOOST_TEST(s.status == status::ok);
          BOOST_TEST(s.records == count);
          BOOST_REQUIRE(s.participants.size() == 1U);
          BOOST_TEST((s.participants[0].state == participant_state::live));
          BOOST_TEST(s.participants[0].pid == other.pid());
          BOOST_TEST(read_all(o) == count);
          other.kill();
          s = o.sample();
          BOOST_REQUIRE(s.participants.size() == 1U);
          BOOST_TEST((s.participants[0].state == participant_state::dead));
          BOOST_TEST(s.participants[0].messages == count);
          BOOST_TEST(s.ends == 0U);  // nobody has written it
          BOOST_TEST(read_all(o) == count);
        }
        BOOST_TEST(support::resources::now() == before);
        if (choice.is_file()) {
          // It waits in its file, by its name and by its path.
          auto const sleeping = observer::open("x");
          BOOST_TEST(read_all(sleeping) == count);
          BOOST_TEST((sleeping.sample().participants.at(0).state == participant_state::dead));
          BOOST_TEST(read_all(observer::open_file(options.path)) == count);
          BOOST_TEST(channel::list().at(0).holders.empty());
          channel::remove("x");
        } else {
          support::expect_error(errc::no_such_channel, [] { observer::open("x"); });
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_observer_does_not_keep_the_name) {
  support::scratch_registry const scratch;
  auto ch = std::optional(channel::create("x"));
  {
    auto pub = ch->publisher();
    pub.publish(support::bytes_of("the old one"));
  }
  auto const old = observer::open("x");
  ch.reset();
  support::expect_error(errc::no_such_channel, [] { channel::open("x"); });
  ch = channel::create("x");
  BOOST_TEST(observer::open("x").level().records == 0U);
  // What was there is there for those who look at it.
  std::string text;
  old.read(0, [&](observed_record const& r) { text = support::text_of(r.bytes); });
  BOOST_TEST(text == "the old one");
  BOOST_TEST(old.level().ends == 1U);
}

BOOST_AUTO_TEST_CASE(a_stopped_observer_holds_up_nobody) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096, .slots = 1});
  support::gate const ready;
  support::child watcher([&] {
    auto const o = observer::open("x");
    o.sample();
    ready.open();
    for (;;) {
      o.sample();
      o.read(0, [](observed_record const&) {});
    }
    return 0;
  });
  ready.pass();
  auto pub = ch.publisher();
  auto const sub = ch.subscriber({.delivery = lossy});  // the only place: an observer has taken none
  for (int round = 0; round < 20; ++round) {
    round % 2 == 0 ? watcher.stop() : watcher.go_on();
    for (std::uint64_t i = 0; i < 1000; ++i) BOOST_REQUIRE(pub.try_reserve(300).commit());
  }
  BOOST_TEST(pub.subscribers().size() == 1U);
  watcher.kill();
  BOOST_TEST(ch.participants().size() == 2U);
  auto const all = channel::list();
  BOOST_REQUIRE(all.size() == 1U);
  BOOST_TEST(all[0].holders.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_claim_whose_owner_was_killed) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096, .publishers = 2});
  auto const o = observer::open("x");
  support::gate const ready;
  support::child other([&] {
    auto pub = channel::open("x").publisher();
    auto const room = pub.reserve(100);
    ready.open();
    ::pause();
    return 0;
  });
  ready.pass();
  auto pub = ch.publisher();
  pub.publish(support::bytes_of("behind it"));
  BOOST_REQUIRE(o.sample().held_up_by);
  BOOST_TEST(!o.sample().held_up_by->is_dead);
  other.kill();
  auto const s = o.sample();
  BOOST_REQUIRE(s.held_up_by);
  BOOST_TEST(s.held_up_by->is_dead);
  BOOST_TEST(s.held_up_by->behind == 1U);
  auto sub = ch.subscriber({.start = oldest});
  BOOST_TEST(sub.receive().sequence() == 2U);  // who takes part gives it up
  BOOST_TEST(!o.sample().held_up_by);
}

BOOST_AUTO_TEST_SUITE_END()
