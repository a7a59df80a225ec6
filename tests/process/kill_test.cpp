// SPDX-License-Identifier: BSL-1.0
// SIGKILL at random moments under load: what was committed arrives, exactly once, in order, and nothing else does.
#include <atomic>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/time.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"
#include "tried.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

using counter = std::atomic<std::uint64_t>;

bool good(message const& m) {
  return m.tag() == support::tag_of(m.sequence(), m.bytes().size()) && support::verify(m.bytes(), m.sequence());
}

/// Publishes for ever; `committed` is the last number that is known to be committed.
int publish_for_ever(counter& committed, std::uint64_t seed, std::size_t longest) {
  auto const ch = channel::open("x");
  auto pub = ch.publisher();
  support::random random(seed);
  for (auto next = committed.load() + 1;;) {
    auto room = pub.reserve(random.below(longest));
    support::require(static_cast<bool>(room), to_string(room.status()));
    support::fill(room.bytes(), next);
    room.tag(support::tag_of(next, room.bytes().size()));
    auto const done = room.commit(room.bytes().size());
    support::require(static_cast<bool>(done), "commit");
    support::require(done.sequence == next, "another number");
    committed.store(next++);
  }
}

void pause_for(std::uint64_t us) { std::this_thread::sleep_for(std::chrono::microseconds(us)); }

void wait_beyond(counter const& count, std::uint64_t value) {
  while (count.load() <= value) pause_for(100);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kill_test)

BOOST_AUTO_TEST_CASE(a_killed_subscriber_no_longer_holds_the_publisher) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto pub = ch.publisher();
  for (int round = 0; round < 20; ++round) {
    support::gate holding;
    support::child reader([&] {
      auto sub = channel::open("x").subscriber();
      holding.open();
      ::pause();
      return 0;
    });
    holding.pass();
    while (pub.publish(support::bytes_of("x"), 0, 0ms)) {
    }
    BOOST_REQUIRE(pub.try_reserve(1).status() == status::full);
    reader.kill();
    if (round % 2 == 0) BOOST_REQUIRE(static_cast<bool>(pub.try_reserve(1)));  // at once, without a clock
    BOOST_REQUIRE(static_cast<bool>(pub.reserve(1, 60s, waiting::sleep)));
    BOOST_REQUIRE(pub.subscribers().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_subscriber_killed_while_the_publisher_sleeps_wakes_it_within_a_slice) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto pub = ch.publisher();
  support::gate holding;
  support::child reader([&] {
    auto sub = channel::open("x").subscriber();
    holding.open();
    ::pause();
    return 0;
  });
  holding.pass();
  while (pub.publish(support::bytes_of("x"), 0, 0ms)) {
  }
  std::uint64_t sleeps_before = 0;
  std::chrono::steady_clock::time_point begin;
  std::thread killer([&] {
    pause_for(30'000);
    begin = std::chrono::steady_clock::now();
    sleeps_before = ch.participants().at(0).sleeps;
    reader.kill();
  });
  BOOST_TEST(pub.reserve(1, forever, waiting::sleep).status() == status::ok);
  auto const end = std::chrono::steady_clock::now();
  killer.join();
  auto const slices = static_cast<std::uint64_t>(std::max(end - begin, decltype(end - begin)(0)) / 100ms);
  BOOST_TEST(ch.participants().at(0).sleeps <= sleeps_before + slices + 4);  // one a slice, and not one a retry
}

BOOST_AUTO_TEST_CASE(death_is_noticed_however_short_the_waits_are) {
  support::scratch_registry const scratch;
  auto const publish_until_dead = [](channel const& ch, support::child& writer) {
    BOOST_REQUIRE(ch.participants().size() == 2U);
    writer.kill();
  };
  auto const until_died = [](auto&& step) {
    for (int i = 0; i < 100'000; ++i) {
      if (step() == status::died) return true;
      pause_for(100);
    }
    return false;
  };
  for (int way = 0; way < 4; ++way) {
    auto const ch = channel::create("x", {.capacity = 4096});
    auto sub = ch.subscriber();
    support::gate publishing;
    support::child writer([&] {
      auto const pub = channel::open("x").publisher();
      publishing.open();
      ::pause();
      return 0;
    });
    publishing.pass();
    publish_until_dead(ch, writer);
    if (way == 0) BOOST_TEST(until_died([&] { return sub.receive(0ns).status(); }));
    if (way == 1) BOOST_TEST(until_died([&] { return sub.receive(1ms, waiting::poll).status(); }));
    if (way == 2) BOOST_TEST(until_died([&] { return sub.poll([](message const&) {}).status; }));
    if (way == 3) BOOST_TEST(until_died([&] { return sub.try_receive().status(); }));
  }
  for (auto const how : {waiting::spin, waiting::sleep, waiting::poll}) {
    for (auto const timeout : {0ms, 1ms}) {
      auto const ch = channel::create("x", {.capacity = 4096});
      auto pub = ch.publisher();
      support::gate holding;
      support::child reader([&] {
        auto const sub = channel::open("x").subscriber();
        holding.open();
        ::pause();
        return 0;
      });
      holding.pass();
      while (pub.publish(support::bytes_of("x"), 0, 0ms)) {
      }
      reader.kill();
      bool went_on = false;
      for (int i = 0; i < 10'000 && !went_on; ++i) {
        went_on = static_cast<bool>(pub.publish(support::bytes_of("x"), 0, timeout, how));
        pause_for(100);
      }
      BOOST_TEST(went_on);
    }
  }
}

BOOST_AUTO_TEST_CASE(death_is_noticed_under_frequent_signals) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  support::gate publishing;
  support::child writer([&] {
    auto const pub = channel::open("x").publisher();
    publishing.open();
    ::pause();
    return 0;
  });
  publishing.pass();
  support::child reader([&] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, nullptr);
    itimerval const often{{0, 20'000}, {0, 20'000}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    auto sub = channel::open("x").subscriber();
    publishing.open();
    return sub.receive().status() == status::died ? 0 : 1;
  });
  publishing.pass();
  writer.kill();
  BOOST_TEST(reader.wait() == 0);
}

BOOST_AUTO_TEST_CASE(closed_descriptors_make_nobody_dead) {
  // A program that closes all descriptors (as daemons do) takes ours away; their numbers come to mean other files.
  support::scratch_registry const scratch;
  support::child careless([] {
    auto const ch = channel::create("x", {.capacity = 4096});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    ::close_range(3, ~0U, 0);
    for (int i = 0; i < 20; ++i) support::require(::open("/dev/null", O_RDWR) >= 0, "open");
    support::require(ch.participants().size() == 2, "somebody was declared dead");
    pub.publish(support::bytes_of("x"));
    support::require(sub.receive().status() == status::ok, "message");
    support::require(sub.receive(250ms).status() == status::timeout, "a false end");
    try {
      ch.subscriber();
      return 1;
    } catch (error const& e) {
      return e.code() == make_error_code(errc::detached) ? 0 : 2;
    }
  });
  BOOST_TEST(careless.wait() == 0);
}

BOOST_AUTO_TEST_CASE(publishers_killed_at_random_lose_nothing_that_was_committed) {
  for (std::uint64_t const capacity : {4_KiB, 64_KiB, 1_MiB}) {
    support::scratch_registry const scratch;
    auto const ch = channel::create("x", {.capacity = capacity});
    support::shared_cell<counter> committed;
    support::shared_cell<counter> received;
    support::gate joined;
    support::child reader([&] {
      auto sub = channel::open("x").subscriber();
      joined.open();
      std::uint64_t last = 0;
      for (;;) {
        auto const m = sub.receive();
        if (m) {
          support::require(m.sequence() == last + 1, "a gap");
          support::require(good(m), "a damaged message");
          last = m.sequence();
          received->store(last);
        } else if (m.status() == status::retired) {
          return 0;
        } else {
          support::require(m.status() == status::died, to_string(m.status()));
        }
      }
    });
    joined.pass();
    support::random random(capacity);
    int const rounds = 150 / support::slower;
    for (int round = 0; round < rounds; ++round) {
      support::child publisher(
          [&] { return publish_for_ever(*committed, random(), std::min<std::size_t>(capacity / 4, 3000)); });
      if (round % 2 == 0) wait_beyond(*committed, committed->load());  // else anywhere on its way there too
      pause_for(random.below(6000));
      publisher.kill();
      // It may have been killed between a commit and the note of it: then the head is one further.
      auto sub = ch.subscriber();
      auto const head = sub.position() - 1;
      BOOST_REQUIRE(head >= committed->load());
      BOOST_REQUIRE(head <= committed->load() + 1);
      committed->store(head);
    }
    channel::remove("x");
    BOOST_TEST(reader.wait() == 0);
    BOOST_TEST(received->load() == committed->load());
    BOOST_TEST(committed->load() > 0U);
    QUOIT_TRIED("capacity " << capacity << ": " << committed->load() << " messages, " << rounds << " kills");
  }
}

BOOST_AUTO_TEST_CASE(an_end_is_met_once_by_each_though_many_may_write_it) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  constexpr int readers_count = 6;
  constexpr int rounds = 30 / support::slower + 3;
  std::vector<support::child> readers;
  support::gate joined;
  support::gate met;
  for (int i = 0; i < readers_count; ++i) {
    readers.emplace_back([&] {
      auto sub = channel::open("x").subscriber();
      joined.open();
      std::uint64_t last = 0;
      for (int round = 0; round < rounds; ++round) {
        for (;;) {
          auto const m = sub.receive();
          if (m.status() == status::died) break;
          support::require(static_cast<bool>(m), to_string(m.status()));
          support::require(m.sequence() == last + 1 && good(m), "message");
          last = m.sequence();
        }
        met.open();
      }
      support::require(sub.receive(20ms).status() == status::timeout, "one end too many");
      return 0;
    });
  }
  for (int i = 0; i < readers_count; ++i) joined.pass();
  support::shared_cell<counter> committed;
  support::random random(1);
  for (int round = 0; round < rounds; ++round) {
    support::child publisher([&] { return publish_for_ever(*committed, random(), 500); });
    while (ch.participants().size() != readers_count + 1U) pause_for(100);
    pause_for(random.below(5000));
    publisher.kill();
    for (int i = 0; i < readers_count; ++i) met.pass();
    committed->store(ch.subscriber().position() - 1);
  }
  for (auto& r : readers) BOOST_TEST(r.wait() == 0);
}

BOOST_AUTO_TEST_CASE(subscribers_killed_at_random_free_their_places) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 64_KiB, .slots = 4});
  auto pub = ch.publisher();
  std::atomic<bool> done{false};
  std::thread source([&] {
    support::random random(2);
    for (std::uint64_t i = 1; !done; ++i) {
      auto room = pub.reserve(random.below(1000));
      support::fill(room.bytes(), i);
      room.tag(support::tag_of(i, room.bytes().size()));
      room.commit();
    }
  });
  support::random random(3);
  std::vector<support::child> readers;
  for (int round = 0; round < 300 / support::slower; ++round) {
    readers.emplace_back([&] {
      auto sub = channel::open("x").subscriber();
      for (std::uint64_t last = 0;;) {
        auto const m = sub.receive();
        support::require(static_cast<bool>(m) && good(m) && (last == 0 || m.sequence() == last + 1), "message");
        last = m.sequence();
      }
      return 0;
    });
    pause_for(random.below(3000));
    if (readers.size() == 3) {
      auto const i = static_cast<std::ptrdiff_t>(random.below(3));
      readers[static_cast<std::size_t>(i)].signal(SIGKILL);
      BOOST_REQUIRE(readers[static_cast<std::size_t>(i)].wait() == -SIGKILL);
      readers.erase(readers.begin() + i);
    }
  }
  readers.clear();
  done = true;
  source.join();
  BOOST_TEST(ch.participants().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
