// SPDX-License-Identifier: BSL-1.0
// Orders of steps that were found to do harm once, played out exactly: the hook of a named step does what another
// process would do at that moment. Needs a build with QUOIT_STEPS.
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "stream_bytes.hpp"
#include "system/step.hpp"

#ifdef QUOIT_STEPS

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>

#include "child.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

std::string awaited;
std::function<void()> deed;

/// Runs `what` once, when the step of that name is passed.
void at(std::string const& name, std::function<void()> what) {
  awaited = name;
  deed = std::move(what);
  sys::on_step = [](char const* step) noexcept {
    if (awaited != step) return;
    awaited.clear();
    deed();
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interleavings_test)

BOOST_AUTO_TEST_CASE(a_slow_claimer_does_not_write_into_its_successors_place) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .slots = 2});
  auto pub = ch.publisher();
  { auto const before = ch.subscriber(); }  // so that its place is among those that are looked at
  subscriber quick;
  at("place_claimed", [&] {
    // The claimer has no lock yet, so it looks dead; its place is recovered and taken by another one.
    BOOST_TEST(pub.wait_for_subscribers(1, 1ms) == status::timeout);
    quick = ch.subscriber({.label = "quick"});
    for (int i = 0; i < 3; ++i) pub.publish(std::vector<std::byte>(1000));
    for (int i = 0; i < 3; ++i) BOOST_TEST(quick.receive().status() == status::ok);
  });
  auto const slow = ch.subscriber({.label = "slow"});
  BOOST_TEST(awaited.empty());
  auto const all = pub.subscribers();
  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].label == "quick");
  BOOST_TEST(all[0].lag == 0U);
  BOOST_TEST(all[1].label == "slow");
}

BOOST_AUTO_TEST_CASE(a_slow_publisher_that_lost_its_place_starts_again_or_is_told) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  publisher quick;
  at("place_claimed", [&] { quick = ch.publisher({.label = "quick"}); });
  support::expect_error(
      errc::publisher_taken, [&] { ch.publisher(); }, "'quick'");
  BOOST_TEST(quick.publish(support::bytes_of("x")).sequence == 1U);
}

BOOST_AUTO_TEST_CASE(a_subscriber_that_joins_while_the_floor_moves_starts_at_what_is_there) {
  for (auto const* step : {"place_joined", "join_cursor_set"}) {
    auto const ch = channel::create_anonymous({.capacity = 4096});
    auto pub = ch.publisher();
    std::uint64_t number = 0;
    auto const publish = [&](int count) {
      for (int i = 0; i < count; ++i) {
        auto room = pub.reserve(500, 0ms);
        BOOST_REQUIRE(room);
        support::fill(room.bytes(), ++number);
        room.commit();
      }
    };
    publish(8);
    at(step, [&] { publish(20); });  // several laps
    auto sub = ch.subscriber({.start = oldest});
    auto const first = sub.receive(0ms);
    BOOST_REQUIRE(first);
    BOOST_TEST(first.sequence() > 8U);
    BOOST_TEST(support::verify(first.bytes(), first.sequence()));
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_joins_while_the_floor_moves_starts_at_what_is_there) {
  for (auto const* step : {"place_joined", "join_cursor_set"}) {
    auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
    auto writer = ch.stream_writer();
    auto const write = [&](int count) {
      for (int i = 0; i < count; ++i) {
        auto const room = writer.prepare(500, 0ms);
        BOOST_REQUIRE(room);
        support::fill_from(writer.position(), room.bytes);
        writer.commit(500);
      }
    };
    write(8);
    at(step, [&] { write(20); });  // several laps
    auto reader = ch.stream_reader({.start = oldest});
    BOOST_TEST(reader.position() > 4000U);
    auto const unread = reader.data(1, 0ms);
    BOOST_REQUIRE(unread);
    BOOST_TEST(support::is_from(reader.position(), unread.bytes));
  }
}

BOOST_AUTO_TEST_CASE(a_remover_or_replacer_that_is_killed_half_way_leaves_a_name_that_works) {
  for (auto const* step : {"janitor_locked", "entry_linked_hidden", "retired", "entry_renamed", "entry_unlinked"}) {
    for (bool const replacing : {false, true}) {
      support::scratch_registry const scratch;
      auto const old = channel::create("x", {.capacity = 4096});
      support::child victim([&] {
        at(step, [] { ::kill(::getpid(), SIGKILL); });
        replacing ? static_cast<void>(channel::create("x", replace)) : channel::remove("x");
        return 0;
      });
      victim.wait();
      auto const fresh = channel::open_or_create("x", {.capacity = 4096});
      channel::list();  // sweeps
      BOOST_TEST_CONTEXT(step << (replacing ? ", replacing" : ", removing")) {
        BOOST_TEST(!fresh.retired());
        BOOST_TEST((fresh.info().uuid != old.info().uuid) == old.retired());
        BOOST_TEST(scratch.files() == 1U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(one_who_becomes_a_holder_while_the_name_is_replaced_is_told_or_finds_the_new_one) {
  for (auto const* step : {"attached", "holder_locked", "holder_recorded"}) {
    support::scratch_registry const scratch;
    auto old = std::make_unique<channel>(channel::create("x", {.capacity = 4096}));
    channel fresh;
    at(step, [&] {
      if (std::string(step) == "attached") old.reset();  // it was the last holder
      fresh = channel::create("x", replace, {.capacity = 4096});
    });
    auto const late = channel::open("x", wait_for{10s});
    BOOST_TEST((late.retired() || late.info().uuid == fresh.info().uuid), step);
  }
}

BOOST_AUTO_TEST_CASE(a_retirement_does_not_hide_a_message_that_came_before_it) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  pub.publish(support::bytes_of("before"));
  channel::remove("x");
  BOOST_TEST(support::text_of(sub.receive().bytes()) == "before");
  BOOST_TEST(sub.receive().status() == status::retired);
}

BOOST_AUTO_TEST_CASE(one_that_is_evicted_between_finding_a_message_and_reading_it_is_told_so) {
  for (auto const publishers : {1U, 2U}) {
    auto const ch = channel::create_anonymous({.capacity = 4096, .publishers = publishers});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    pub.publish(support::bytes_of("x"));
    at("record_found", [&] {
      BOOST_TEST(pub.evict(pub.subscribers().at(0)));
      std::vector<std::byte> const ones(1000, std::byte{0xFF});
      for (int i = 0; i < 10; ++i) BOOST_TEST(pub.publish(ones).status == status::ok);
    });
    BOOST_TEST(sub.receive().status() == status::evicted);
    BOOST_TEST(awaited.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_evicted_while_it_joins_is_told_so) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = stream});
  auto writer = ch.stream_writer();
  writer.write(support::bytes_of("x"));
  at("join_looked_again", [&] {
    BOOST_TEST(writer.evict(writer.readers().at(0)));
    std::vector<std::byte> const much(4000);
    for (int i = 0; i < 3; ++i) BOOST_TEST(writer.write(much).status == status::ok);
  });
  auto reader = ch.stream_reader();
  BOOST_TEST(awaited.empty());
  BOOST_TEST(reader.try_data().status == status::evicted);
}

BOOST_AUTO_TEST_SUITE_END()

#else

BOOST_AUTO_TEST_SUITE(interleavings_test)
BOOST_AUTO_TEST_CASE(needs_named_steps) {
  BOOST_TEST_MESSAGE("SKIPPED: this build has no named steps (QUOIT_STEPS); the asan one has");
}
BOOST_AUTO_TEST_SUITE_END()

#endif
