// SPDX-License-Identifier: BSL-1.0
#include <csignal>
#include <thread>

#include <pthread.h>
#include <sys/time.h>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::bytes_of;

namespace {

constexpr waiting all_ways[] = {waiting::spin, waiting::sleep, waiting::poll};

subscriber* interrupted_by_signal = nullptr;

}  // namespace

BOOST_AUTO_TEST_SUITE(waiting_test)

BOOST_AUTO_TEST_CASE(timeouts_of_every_size_end) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  for (auto const how : all_ways) {
    for (std::chrono::nanoseconds const t : {-1h + 0ns, 0ns, 1ns, 1000ns, 3'000'000ns}) {
      BOOST_TEST(sub.receive(t, how).status() == status::timeout);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_huge_timeout_does_not_overflow) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (auto const how : all_ways) {
    std::thread sender([&] {
      std::this_thread::sleep_for(20ms);
      pub.publish(bytes_of("x"));
    });
    BOOST_TEST(sub.receive(std::chrono::nanoseconds::max() - 1ns, how).status() == status::ok);
    sender.join();
  }
}

BOOST_AUTO_TEST_CASE(a_subscriber_is_woken_however_it_waits) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (auto const how : all_ways) {
    for (int i = 0; i < 20; ++i) {
      std::thread sender([&] {
        if (i % 2 == 0) std::this_thread::sleep_for(2ms);
        pub.publish(bytes_of("x"));
      });
      BOOST_TEST(sub.receive(forever, how).status() == status::ok);
      sender.join();
    }
  }
}

BOOST_AUTO_TEST_CASE(a_publisher_is_woken_however_it_waits) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (auto const how : all_ways) {
    while (pub.publish(bytes_of("x"), 0, 0ms)) {
    }
    std::thread reader([&] {
      std::this_thread::sleep_for(5ms);
      sub.receive();
    });
    BOOST_TEST(pub.reserve(1, forever, how).status() == status::ok);
    reader.join();
  }
}

BOOST_AUTO_TEST_CASE(interrupt_ends_the_wait_that_is_going_on) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  for (auto const how : all_ways) {
    std::thread other([&] {
      std::this_thread::sleep_for(10ms);
      sub.interrupt();
    });
    BOOST_TEST(sub.receive(forever, how).status() == status::interrupted);
    other.join();
    BOOST_TEST(sub.receive(1ms, how).status() == status::timeout);  // it counts once
  }
}

BOOST_AUTO_TEST_CASE(interrupt_ends_the_next_wait_if_none_is_going_on) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  pub.publish(bytes_of("x"));
  sub.interrupt();
  BOOST_TEST(sub.receive().status() == status::ok);  // no wait
  BOOST_TEST(sub.receive().status() == status::interrupted);
  while (pub.publish(bytes_of("x"), 0, 0ms)) {
  }
  pub.interrupt();
  BOOST_TEST(pub.reserve(1).status() == status::interrupted);
  pub.interrupt();
  BOOST_TEST(pub.reserve(1, 0ms).status() == status::interrupted);
  BOOST_TEST(pub.reserve(1, 1ms).status() == status::timeout);
  pub.interrupt();
  BOOST_TEST(pub.wait_for_subscribers(2) == status::interrupted);
}

BOOST_AUTO_TEST_CASE(interrupt_may_be_called_by_a_signal_handler) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  interrupted_by_signal = &sub;
  std::signal(SIGUSR1, [](int) { interrupted_by_signal->interrupt(); });
  auto const self = ::pthread_self();
  std::thread other([&] {
    std::this_thread::sleep_for(10ms);
    ::pthread_kill(self, SIGUSR1);
  });
  BOOST_TEST(sub.receive(forever, quoit::waiting::sleep).status() == status::interrupted);
  other.join();
  std::signal(SIGUSR1, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(a_signal_by_itself_does_not_end_a_wait) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  struct sigaction action {};
  action.sa_handler = [](int) {};  // without SA_RESTART: calls are interrupted
  ::sigaction(SIGALRM, &action, nullptr);
  itimerval const often{{0, 500}, {0, 500}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  std::thread sender([&] {
    std::this_thread::sleep_for(50ms);
    pub.publish(bytes_of("x"));
  });
  BOOST_TEST(sub.receive(forever, quoit::waiting::sleep).status() == status::ok);
  itimerval const never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  sender.join();
}

BOOST_AUTO_TEST_CASE(an_idle_subscriber_sleeps_in_slices) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  sub.receive(1s, quoit::waiting::sleep);
  auto const sleeps = ch.participants().at(0).sleeps;
  BOOST_TEST(sleeps >= 1U);
  BOOST_TEST(sleeps <= 11U);  // ten slices of 100 ms, and the rest of the last one
}

BOOST_AUTO_TEST_CASE(publishers_can_wait_for_subscribers) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  BOOST_TEST(pub.wait_for_subscribers(0) == status::ok);
  BOOST_TEST(pub.wait_for_subscribers(1, 5ms) == status::timeout);
  std::atomic<bool> seen{false};
  std::thread joiner([&] {
    std::this_thread::sleep_for(10ms);
    auto const a = ch.subscriber();
    auto const b = ch.subscriber();
    while (!seen) std::this_thread::yield();
  });
  BOOST_TEST(pub.wait_for_subscribers(2) == status::ok);
  seen = true;
  joiner.join();
}

BOOST_AUTO_TEST_CASE(sleeps_and_wakes_are_counted) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  pub.publish(bytes_of("x"));
  sub.receive();
  for (auto const& p : ch.participants()) BOOST_TEST(p.sleeps + p.wakes == 0U);
  std::thread reader([&] { sub.receive(forever, waiting::sleep); });
  while (pub.subscribers().at(0).sleeps == 0) std::this_thread::yield();
  std::this_thread::sleep_for(20ms);  // from the count to the sleep
  pub.publish(bytes_of("y"));
  reader.join();
  for (auto const& p : ch.participants()) {
    bool const publishes = p.role == participant_info::role::publisher;
    BOOST_TEST((publishes ? p.wakes : p.sleeps) >= 1U);
    BOOST_TEST((publishes ? p.sleeps : p.wakes) == 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
