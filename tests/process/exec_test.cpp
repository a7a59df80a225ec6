// SPDX-License-Identifier: BSL-1.0
// Exec ends a participation as death does: the address space, and the locks with it, are gone.
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"

using namespace quoit;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(exec_test)

BOOST_AUTO_TEST_CASE(a_publisher_that_execs_has_died) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto sub = ch.subscriber();
  support::child writer([] {
    auto pub = channel::open("x").publisher();
    pub.publish(support::bytes_of("before"));
    ::execlp("sleep", "sleep", "120", static_cast<char*>(nullptr));
    return 1;
  });
  BOOST_TEST(support::text_of(sub.receive(60s).bytes()) == "before");
  BOOST_TEST(sub.receive(60s).status() == status::died);
  BOOST_CHECK_NO_THROW(ch.publisher());
}

BOOST_AUTO_TEST_CASE(a_subscriber_and_holder_that_execs_is_gone) {
  support::scratch_registry const scratch;
  support::gate holding;
  support::gate full;
  support::child holder([&] {
    auto const ch = channel::create("x", {.capacity = 4096});
    auto const sub = ch.subscriber();
    holding.open();
    full.pass();
    ::execlp("sleep", "sleep", "120", static_cast<char*>(nullptr));
    return 1;
  });
  holding.pass();
  auto pub = channel::open("x").publisher();
  while (pub.publish(support::bytes_of("x"), 0, 0ms)) {
  }
  full.open();
  BOOST_TEST(pub.reserve(1, 60s, waiting::sleep).status() == status::ok);
  pub.close();
  BOOST_CHECK_THROW(channel::open("x"), error);
  BOOST_CHECK_NO_THROW(channel::create("x"));
}

BOOST_AUTO_TEST_SUITE_END()
