// SPDX-License-Identifier: BSL-1.0
// A process that is killed after any number of instructions of one message, sent or received: what it had committed is
// there, what it had not is not, and the others go on.
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "build_kind.hpp"
#include "child.hpp"
#include "instructions.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "tried.hpp"

using namespace quoit;
using namespace std::chrono_literals;

#ifdef __x86_64__

namespace {

/// More than two laps of 8 records.
constexpr std::uint64_t laps = 24;
constexpr std::size_t payload = 300;
constexpr std::size_t written = 64;  // of it, beside the number: what is the victim's own is not of interest

/// Takes a role, and gives back what is to be done with it, step by step.
using prepared = std::function<void()>;
using preparation = std::function<prepared(channel const&)>;

struct scene {
  std::uint32_t publishers;
  std::uint64_t before;  // messages of another publisher, which decide where in the ring it happens
  preparation victim;
  bool publishes;
};

std::uint64_t number_in(message const& m) {
  std::uint64_t number = 0;
  support::require(m.bytes().size() == payload, "the size");
  std::memcpy(&number, m.bytes().data(), sizeof number);
  support::require(
      support::verify(m.bytes().subspan(8, written), number) && m.tag() == support::tag_of(number, payload), "whole");
  return number;
}

/// Whether there was room for it.
bool publish(publisher& pub, std::uint64_t number, std::chrono::nanoseconds timeout = 60s) {
  auto room = pub.reserve(payload, timeout);
  if (room.status() == status::timeout) return false;
  support::require(static_cast<bool>(room), std::string("room: ") + to_string(room.status()));
  std::memcpy(room.bytes().data(), &number, sizeof number);
  support::fill(room.bytes().subspan(8, written), number);
  room.tag(support::tag_of(number, payload));
  support::require(static_cast<bool>(room.commit()), "commit");
  return true;
}

constexpr std::uint64_t of_the_victim = 1'000'000;

/// Kills the victim after `count` instructions, and looks whether all is well. False: it was through before.
bool play(scene const& s, std::uint64_t count, std::uint64_t& committed) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096, .records = 8, .publishers = s.publishers, .slots = 3});
  auto witness = ch.subscriber();
  std::uint64_t next = 0;
  bool of_victim = false;
  auto const read = [&] {
    for (auto m = witness.try_receive(); m || m.status() == status::died || m.status() == status::closed;
         m = witness.try_receive()) {
      if (!m) continue;
      if (auto const number = number_in(m); number == of_the_victim) {
        support::require(!of_victim && s.publishes, "once");
        of_victim = true;
      } else {
        support::require(number == next++, "in order, without a gap");
      }
    }
  };
  std::uint64_t published = 0;
  {
    auto pub = ch.publisher();
    for (; published < s.before; ++published) publish(pub, published), read();
  }
  auto other = s.publishers > 1 || !s.publishes ? std::optional(ch.publisher()) : std::nullopt;
  bool const through = !support::kill_after(count, [&] { return s.victim(channel::open("x")); });
  if (!other) other = ch.publisher();
  for (auto const end = published + laps; published < end; ++published) {
    // Behind a claim of the dead, which is given up when somebody has waited for a slice, there is no room for a while.
    for (int i = 0; !publish(*other, published, 1ms); ++i) {
      BOOST_REQUIRE(i < 10'000);
      read();
    }
    read();
  }
  other->close();
  ch.participants();  // which cleans up after the dead
  read();
  BOOST_REQUIRE(next == published);
  BOOST_REQUIRE((of_victim || !through || !s.publishes));
  committed += of_victim;
  witness.close();
  BOOST_REQUIRE(ch.participants().empty());
  std::vector<publisher> publishers;
  std::vector<subscriber> subscribers;
  for (std::uint32_t i = 0; i < s.publishers; ++i) publishers.push_back(ch.publisher());
  for (int i = 0; i < 3; ++i) subscribers.push_back(ch.subscriber());
  return !through;
}

void sweep(std::string const& what, scene const& s) {
  support::one_core const here;
  std::uint64_t kills = 0;
  std::uint64_t committed = 0;
  for (;; ++kills) {
    BOOST_TEST_CONTEXT(what << ", killed after " << kills << " instructions") {
      if (!play(s, kills, committed)) break;
    }
  }
  BOOST_TEST(kills > 0U);
  QUOIT_TRIED(what << ": " << kills << " instructions, killed after each; the message was there after " << committed);
}

prepared one_message(channel const& ch) {
  auto const pub = std::make_shared<publisher>(ch.publisher());
  return [pub] { publish(*pub, of_the_victim); };
}

prepared another_message(channel const& ch) {
  auto const pub = std::make_shared<publisher>(ch.publisher());
  auto room = pub->reserve(payload);
  room.discard();
  return [pub] { publish(*pub, of_the_victim); };
}

prepared one_received(channel const& ch) {
  auto const sub = std::make_shared<subscriber>(ch.subscriber({.start = oldest}));
  return [sub] {
    auto m = sub->try_receive();
    if (m) number_in(m);
    m.release();
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(instructions_test)

BOOST_AUTO_TEST_CASE(a_publisher_killed_at_each_instruction) {
  if (support::skipped_if_sanitized("its own instructions would be swept")) return;
  for (std::uint64_t const before : {0U, 13U}) {
    auto const where = ", " + std::to_string(before) + " records on";
    sweep("the only publisher" + where, {1, before, one_message, true});
    sweep("one of two publishers" + where, {2, before, one_message, true});
  }
  sweep("one of two publishers, that has discarded", {2, 13, another_message, true});
}

BOOST_AUTO_TEST_CASE(a_subscriber_killed_at_each_instruction) {
  if (support::skipped_if_sanitized("its own instructions would be swept")) return;
  for (std::uint32_t const publishers : {1U, 2U}) {
    sweep("a subscriber, of " + std::to_string(publishers), {publishers, 13, one_received, false});
  }
}

BOOST_AUTO_TEST_SUITE_END()

#endif
