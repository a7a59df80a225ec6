// SPDX-License-Identifier: BSL-1.0
// The descriptor for event loops: it tells once for each arming, whatever there is to tell, and no more.
#include <atomic>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "system/calls.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::bytes_of;

namespace {

constexpr int long_ms = 60'000;  // a lost wake-up ends here, and fails

bool readable(int fd, int ms) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, ms) == 1 && (p.revents & POLLIN) != 0;
}

std::atomic<int> sleeps{0};

/// How often a thread of this process goes to sleep on a futex while nothing happens, beyond once a slice.
std::int64_t needless_sleeps_in(std::chrono::milliseconds time) {
  using clock = std::chrono::steady_clock;
  auto const begin = clock::now();
  sleeps = 0;
  sys::set_call_hook([](sys::call c) noexcept {
    if (c == sys::call::futex_wait) sleeps.fetch_add(1);
    return 0;
  });
  std::this_thread::sleep_for(time);
  sys::set_call_hook(nullptr);
  return sleeps - (clock::now() - begin) / 100ms;
}

std::uint64_t oversleeps(channel const& ch) {
  std::uint64_t n = 0;
  for (auto const& p : ch.participants()) n += p.overslept;
  return n;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(events_test)

BOOST_AUTO_TEST_CASE(what_is_there_already_is_told_at_once) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  int const fd = sub.event_fd();
  BOOST_TEST(sub.event_fd() == fd);
  BOOST_TEST(!readable(fd, 0));
  pub.publish(bytes_of("x"));
  BOOST_TEST(!readable(fd, 0));  // not armed
  BOOST_TEST(sub.arm() == status::ok);
  BOOST_TEST(readable(fd, 0));
  BOOST_TEST(sub.try_receive().status() == status::ok);
  BOOST_TEST(sub.arm() == status::ok);
  BOOST_TEST(!readable(fd, 0));  // arming takes back what was told before
}

BOOST_AUTO_TEST_CASE(what_comes_later_is_told_once) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  int const fd = sub.event_fd();
  for (int i = 0; i < 20; ++i) {
    sub.arm();
    if (i % 2 == 0) std::this_thread::sleep_for(2ms);
    pub.publish(bytes_of("x"));
    BOOST_REQUIRE(readable(fd, long_ms));
    pub.publish(bytes_of("y"));
    while (sub.try_receive()) {
    }
    std::uint64_t count = 0;
    BOOST_TEST(::read(fd, &count, sizeof count) == 8);
    BOOST_TEST(count == 1U);
  }
}

BOOST_AUTO_TEST_CASE(no_message_is_missed_by_a_loop) {
  for (auto const publishers : {1U, 2U}) {
    auto const ch = channel::create_anonymous({.capacity = 4096, .publishers = publishers});
    constexpr std::uint64_t total = 20'000 / support::slower;
    auto sub = ch.subscriber();
    std::atomic<std::uint64_t> seen{0};
    std::thread source([&] {
      auto pub = ch.publisher();
      for (std::uint64_t i = 1; i <= total; ++i) {
        pub.publish(bytes_of("x"));
        if (i % 4 == 0) {  // so that the loop goes to sleep again and again
          while (seen.load() < i) std::this_thread::yield();
        }
      }
    });
    int const fd = sub.event_fd();
    bool told = true;
    while (seen < total && told) {
      sub.arm();
      told = readable(fd, long_ms);
      while (auto const m = sub.try_receive()) seen = m.sequence();
    }
    BOOST_TEST(told);
    seen = total;
    source.join();
    BOOST_TEST(oversleeps(ch) <= 2U);  // or slices would hide what was missed
  }
}

BOOST_AUTO_TEST_CASE(ends_loss_eviction_and_retirement_are_told) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  auto late = ch.subscriber({.delivery = lossy});
  auto slow = ch.subscriber();
  for (auto* s : {&sub, &late, &slow}) {
    s->event_fd();
    s->arm();
  }
  pub.close();
  BOOST_TEST(readable(sub.event_fd(), long_ms));
  BOOST_TEST(sub.try_receive().status() == status::closed);
  BOOST_TEST(late.try_receive().status() == status::closed);
  BOOST_TEST(slow.try_receive().status() == status::closed);

  late.arm();
  slow.arm();
  pub = ch.publisher();
  while (pub.offer(bytes_of("0123456789"))) {
  }
  sub.close();
  for (auto const& p : pub.subscribers()) pub.evict(p);
  BOOST_TEST(readable(slow.event_fd(), long_ms));
  for (int i = 0; i < 1000; ++i) pub.publish(bytes_of("0123456789"));
  BOOST_TEST(slow.try_receive().status() == status::evicted);
  late.arm();
  BOOST_TEST(readable(late.event_fd(), long_ms));
  BOOST_TEST(late.try_receive().status() == status::lost);
  while (late.try_receive()) {
  }
  late.arm();
  BOOST_TEST(!readable(late.event_fd(), 0));
  channel::remove("x");
  BOOST_TEST(readable(late.event_fd(), long_ms));
  BOOST_TEST(late.try_receive().status() == status::retired);
}

BOOST_AUTO_TEST_CASE(a_death_is_told) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x");
  support::gate ready;
  support::child other([&] {
    auto pub = channel::open("x").publisher();
    ready.open();
    for (;;) ::pause();
    return 0;
  });
  ready.pass();
  auto sub = ch.subscriber();
  int const fd = sub.event_fd();
  sub.arm();
  BOOST_TEST(!readable(fd, 10));
  other.kill();
  BOOST_TEST(readable(fd, long_ms));
  BOOST_TEST(sub.try_receive().status() == status::died);
}

BOOST_AUTO_TEST_CASE(a_stream_tells_of_bytes_and_ends) {
  auto const ch = channel::create_anonymous({.kind = stream});
  auto writer = ch.stream_writer();
  auto reader = ch.stream_reader();
  int const fd = reader.event_fd();
  BOOST_TEST(reader.arm() == status::ok);
  BOOST_TEST(!readable(fd, 0));
  writer.write(bytes_of("abc"));
  BOOST_TEST(readable(fd, long_ms));
  reader.arm();
  BOOST_TEST(readable(fd, 0));  // nothing was consumed
  BOOST_TEST(reader.try_data().bytes.size() == 3U);
  reader.consume(3);
  reader.arm();
  BOOST_TEST(!readable(fd, 0));
  writer.close();
  BOOST_TEST(readable(fd, long_ms));
  BOOST_TEST(reader.try_data().status == status::closed);
}

BOOST_AUTO_TEST_CASE(an_idle_watcher_sleeps) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  sub.event_fd();
  sub.arm();
  std::this_thread::sleep_for(10ms);
  BOOST_TEST(needless_sleeps_in(550ms) <= 3);
  BOOST_TEST(!readable(sub.event_fd(), 0));
}

BOOST_AUTO_TEST_CASE(an_end_behind_an_open_reservation_is_told_when_it_can_be_met) {
  auto const ch = channel::create_anonymous({.publishers = 2});
  auto sub = ch.subscriber();
  auto slow = ch.publisher();
  auto other = ch.publisher();
  auto room = slow.reserve(3);
  other.close();
  int const fd = sub.event_fd();
  sub.arm();
  BOOST_TEST(needless_sleeps_in(350ms) <= 3);
  BOOST_TEST(!readable(fd, 0));  // or a loop would run in circles
  room.commit();
  BOOST_TEST(readable(fd, long_ms));
  BOOST_TEST(sub.try_receive().status() == status::ok);
  BOOST_TEST(sub.try_receive().status() == status::closed);
}

BOOST_AUTO_TEST_CASE(one_that_somebody_closes_does_no_harm_to_the_next_of_its_number) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  int const fd = sub.event_fd();
  sub.arm();
  ::close(fd);
  int const foreign = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  BOOST_REQUIRE(foreign == fd);
  pub.publish(bytes_of("x"));
  std::this_thread::sleep_for(5ms);
  BOOST_TEST(sub.arm() == status::detached);
  BOOST_TEST(!readable(foreign, 0));
  BOOST_TEST(sub.receive(0ms).status() == status::ok);
  sub.close();
  BOOST_TEST(::fcntl(foreign, F_GETFD) >= 0);
  ::close(foreign);
}

BOOST_AUTO_TEST_CASE(without_a_descriptor_or_a_role_there_is_nothing_to_arm) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  BOOST_TEST(sub.arm() == status::detached);
  int const fd = sub.event_fd();
  sub.close();
  BOOST_TEST(::fcntl(fd, F_GETFD) < 0);
  BOOST_TEST(sub.arm() == status::detached);
  support::expect_error(errc::detached, [&] { sub.event_fd(); });
}

BOOST_AUTO_TEST_CASE(it_is_closed_while_views_are_out) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  int const fd = sub.event_fd();
  pub.publish(bytes_of("x"));
  auto const view = sub.receive();
  sub.arm();
  sub.close();
  BOOST_TEST(::fcntl(fd, F_GETFD) < 0);
  pub.publish(bytes_of("y"));
  BOOST_TEST(view.whole());
}

BOOST_AUTO_TEST_CASE(a_fork_child_has_none_of_it) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  int const fd = sub.event_fd();
  sub.arm();
  support::child other([&] {
    support::require(sub.arm() == status::forked, "forked");
    support::require(::fcntl(fd, F_GETFD) < 0, "closed");
    auto const own = channel::create_anonymous();  // it starts a watcher of its own
    auto p = own.publisher();
    auto s = own.subscriber();
    int const fd2 = s.event_fd();
    s.arm();
    p.publish(bytes_of("x"));
    support::require(readable(fd2, long_ms), "told");
    return 0;
  });
  BOOST_TEST(other.wait() == 0);
  pub.publish(bytes_of("x"));
  BOOST_TEST(readable(fd, long_ms));
}

BOOST_AUTO_TEST_CASE(hundreds_can_be_armed) {
  constexpr std::uint32_t count = 300;
  auto const ch = channel::create_anonymous({.slots = count});
  auto pub = ch.publisher();
  std::vector<subscriber> subs;
  for (std::uint32_t i = 0; i < count; ++i) {
    subs.push_back(ch.subscriber());
    subs.back().event_fd();
    subs.back().arm();
  }
  pub.publish(bytes_of("x"));
  bool all = true;
  for (auto& s : subs) all = all && readable(s.event_fd(), long_ms);
  BOOST_TEST(all);
}

BOOST_AUTO_TEST_CASE(arming_and_going_under_load) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  std::atomic<bool> done{false};
  std::thread source([&] {
    auto pub = ch.publisher();
    while (!done) pub.publish(bytes_of("x"), 0, 1ms);
  });
  for (int i = 0; i < 2000 / support::slower; ++i) {
    auto sub = ch.subscriber();
    int const fd = sub.event_fd();
    sub.arm();
    if (i % 3 == 0) BOOST_REQUIRE(readable(fd, long_ms));
    if (i % 3 == 1) sub.arm();
  }
  done = true;
  source.join();
}

BOOST_AUTO_TEST_CASE(a_second_thread_is_refused_while_one_waits) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  auto received = status::ok;
  std::thread first([&] { received = sub.receive(forever, waiting::sleep).status(); });
  while (ch.participants().at(0).sleeps == 0) std::this_thread::yield();
  BOOST_TEST(sub.receive(1ms).status() == status::busy);
  BOOST_TEST(sub.try_receive().status() == status::busy);
  BOOST_TEST(sub.poll([](message const&) {}).status == status::busy);
  sub.interrupt();
  first.join();
  BOOST_TEST(received == status::interrupted);
  BOOST_TEST(sub.receive(1ms).status() == status::timeout);
}

BOOST_AUTO_TEST_SUITE_END()
