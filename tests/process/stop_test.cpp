// SPDX-License-Identifier: BSL-1.0
// SIGSTOP at random moments under load: a stopped process is alive, holds up only those who asked to depend on it, and
// does no harm when it goes on.
#include <atomic>
#include <thread>

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

bool good(message const& m, std::uint64_t number) {
  return m.sequence() == number && m.tag() == support::tag_of(number, m.bytes().size()) &&
         support::verify(m.bytes(), number);
}

void publish_one(publisher& pub, std::uint64_t number, std::size_t size) {
  auto room = pub.reserve(size);
  support::require(static_cast<bool>(room), to_string(room.status()));
  support::fill(room.bytes(), number);
  room.tag(support::tag_of(number, size));
  support::require(room.commit().sequence == number, "number");
}

void stop_and_go(support::child const& c, support::random& random, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(3000)));
    c.stop();
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(3000)));
    c.go_on();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stop_test)

BOOST_AUTO_TEST_CASE(both_sides_are_stopped_at_random_and_nothing_is_lost) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 16_KiB});
  support::shared_cell<std::atomic<bool>> enough;
  support::gate joined;
  support::child reader([&] {
    auto sub = channel::open("x").subscriber();
    joined.open();
    for (std::uint64_t i = 1;; ++i) {
      auto const m = sub.receive(forever, i % 2 == 0 ? waiting::spin : waiting::sleep);
      if (m.status() == status::closed) return 0;
      support::require(good(m, i), "a damaged message");
    }
  });
  joined.pass();
  support::child writer([&] {
    auto pub = channel::open("x").publisher();
    support::random random(1);
    for (std::uint64_t i = 1; !*enough; ++i) publish_one(pub, i, random.below(4000));
    return 0;
  });
  support::random random(4);
  std::thread other([&] {
    support::random own(5);
    stop_and_go(writer, own, 300 / support::slower);
  });
  stop_and_go(reader, random, 300 / support::slower);
  other.join();
  *enough = true;
  BOOST_TEST(writer.wait() == 0);
  BOOST_TEST(reader.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_stopped_subscriber_holds_up_and_is_never_declared_dead) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto pub = ch.publisher();
  support::gate joined;
  support::child reader([&] {
    auto sub = channel::open("x").subscriber();
    joined.open();
    for (std::uint64_t i = 1;; ++i) {
      auto const m = sub.receive();
      if (m.status() == status::closed) return 0;
      support::require(good(m, i), "a damaged message");
    }
  });
  joined.pass();
  reader.stop();
  std::uint64_t published = 0;
  for (;;) {
    auto room = pub.try_reserve(100);
    if (!room) break;
    ++published;
    support::fill(room.bytes(), published);
    room.tag(support::tag_of(published, 100));
    room.commit();
  }
  BOOST_TEST(pub.reserve(100, 350ms, waiting::sleep).status() == status::timeout);
  BOOST_TEST(pub.subscribers().size() == 1U);
  reader.go_on();
  for (auto const until = published + 1000; published < until;) publish_one(pub, ++published, 100);
  pub.close();
  BOOST_TEST(reader.wait() == 0);
}

BOOST_AUTO_TEST_CASE(killed_while_stopped) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto sub = ch.subscriber();
  for (int round = 0; round < 10; ++round) {
    support::gate publishing;
    support::child writer([&] {
      auto pub = channel::open("x").publisher();
      auto room = pub.reserve(100);  // half a message
      publishing.open();
      ::pause();
      return 0;
    });
    publishing.pass();
    writer.stop();
    BOOST_REQUIRE(sub.receive(5ms).status() == status::timeout);
    writer.kill();
    BOOST_REQUIRE(sub.receive(60s).status() == status::died);  // and nothing of the half message
  }
}

BOOST_AUTO_TEST_SUITE_END()
