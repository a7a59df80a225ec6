// SPDX-License-Identifier: BSL-1.0
// Opening a channel by way of whoever holds it: while its creator is stopped, and after it has gone.
#include <vector>

#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

/// A process that opens or creates the channel and holds it until it is killed.
support::child holder(support::gate const& holding, bool creates) {
  return support::child([&holding, creates] {
    auto const ch = creates ? channel::create("x", {.capacity = 8192}) : channel::open("x");
    holding.open();
    ::pause();
    return 0;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attach_test)

BOOST_AUTO_TEST_CASE(while_the_creator_is_stopped) {
  support::scratch_registry const scratch;
  support::gate holding;
  auto const creator = holder(holding, true);
  holding.pass();
  creator.stop();
  auto const ch = channel::open("x");
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  pub.publish(support::bytes_of("without it"));
  BOOST_TEST(support::text_of(sub.receive().bytes()) == "without it");
  support::expect_error(
      errc::exists, [] { channel::create("x"); }, "pid " + std::to_string(creator.pid()));
}

BOOST_AUTO_TEST_CASE(after_the_creator_has_gone_as_long_as_anybody_holds_it) {
  support::scratch_registry const scratch;
  support::gate holding;
  std::vector<support::child> holders;
  holders.push_back(holder(holding, true));
  holding.pass();
  auto const uuid = channel::open("x").info().uuid;
  for (int i = 0; i < 10; ++i) {  // a chain: each has it from the one before, who is then killed
    holders.push_back(holder(holding, false));
    holding.pass();
    holders.erase(holders.begin());
    BOOST_REQUIRE(channel::open("x").info().uuid == uuid);
  }
  holders.clear();
  BOOST_CHECK_THROW(channel::open("x"), error);
}

BOOST_AUTO_TEST_CASE(a_subscriber_may_come_before_the_publisher_and_outlive_it) {
  support::scratch_registry const scratch;
  support::gate waits;
  support::child reader([&] {
    waits.open();
    auto sub = channel::open("x", wait_for{60s}).subscriber({.start = oldest});
    for (int publisher = 0; publisher < 3; ++publisher) {
      support::require(support::text_of(sub.receive().bytes()) == "hello", "the message");
      support::require(sub.receive().status() == status::closed, "the end");
    }
    return 0;
  });
  waits.pass();
  auto first = channel::create("x", {.capacity = 8192});
  {
    auto pub = first.publisher();
    BOOST_REQUIRE(pub.wait_for_subscribers(1, 60s) == status::ok);
    pub.publish(support::bytes_of("hello"));
  }
  first.close();  // the reader holds the channel now
  for (int i = 0; i < 2; ++i) channel::open_or_create("x").publisher().publish(support::bytes_of("hello"));
  BOOST_TEST(reader.wait() == 0);
}

BOOST_AUTO_TEST_CASE(the_creator_stopped_in_the_middle_of_use_stays_alive) {
  support::scratch_registry const scratch;
  support::gate publishing;
  support::child owner([&] {
    auto const ch = channel::create("x", {.capacity = 8192});
    auto pub = ch.publisher();
    publishing.open();
    ::pause();
    return 0;
  });
  publishing.pass();
  owner.stop();
  auto const ch = channel::open("x");
  support::expect_error(
      errc::publisher_taken, [&] { ch.publisher(); }, "pid " + std::to_string(owner.pid()));
  auto sub = ch.subscriber();
  BOOST_TEST(sub.receive(350ms).status() == status::timeout);  // three slices: nobody declares it dead
  BOOST_TEST(ch.participants().size() == 2U);
  owner.kill();
  BOOST_TEST(sub.receive(60s).status() == status::died);
  BOOST_CHECK_NO_THROW(ch.publisher());
}

BOOST_AUTO_TEST_SUITE_END()
