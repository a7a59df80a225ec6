// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::bytes_of;

namespace {

constexpr waiting all_ways[] = {waiting::spin, waiting::sleep, waiting::poll};

std::vector<std::uint64_t> keys(wait_result const& r) {
  std::vector<std::uint64_t> found;
  for (auto const& m : r.ready) found.push_back(m.key);
  return found;
}

std::vector<std::uint64_t> list(std::initializer_list<std::uint64_t> k) { return k; }

}  // namespace

BOOST_AUTO_TEST_SUITE(wait_set_test)

BOOST_AUTO_TEST_CASE(it_says_who_is_ready_until_that_one_is_drained) {
  auto const a = channel::create_anonymous();
  auto const b = channel::create_anonymous({.kind = stream});
  auto const c = channel::create_anonymous({.publishers = 3});
  auto pub_a = a.publisher();
  auto writer_b = b.stream_writer();
  auto pub_c = c.publisher();
  auto sub_a = a.subscriber();
  auto reader_b = b.stream_reader();
  auto sub_c = c.subscriber({.delivery = lossy});
  wait_set set;
  set.add(sub_a, 10);
  set.add(reader_b, 20);
  set.add(sub_c, 30);
  BOOST_TEST(set.size() == 3U);
  for (auto const how : all_ways) {
    BOOST_TEST(set.wait(1ms, how).status == status::timeout);
    pub_c.publish(bytes_of("x"));
    BOOST_TEST((keys(set.wait(forever, how)) == list({30})));
    writer_b.write(bytes_of("x"));
    BOOST_TEST((keys(set.wait(forever, how)) == list({20, 30})));
    BOOST_TEST(sub_c.try_receive().status() == status::ok);
    BOOST_TEST((keys(set.wait(forever, how)) == list({20})));
    BOOST_TEST(reader_b.try_data().bytes.size() == 1U);
    reader_b.consume(1);
    pub_a.publish(bytes_of("x"));
    BOOST_TEST((keys(set.wait(forever, how)) == list({10})));
    BOOST_TEST(sub_a.try_receive().status() == status::ok);
  }
  pub_a.close();
  BOOST_TEST((keys(set.wait()) == list({10})));
  BOOST_TEST(sub_a.try_receive().status() == status::closed);
  BOOST_TEST(set.wait(0ms).status == status::timeout);
}

BOOST_AUTO_TEST_CASE(no_message_is_missed) {
  constexpr std::uint64_t total = 20'000 / support::slower;
  auto const a = channel::create_anonymous({.capacity = 4096});
  auto const b = channel::create_anonymous({.capacity = 4096, .barrier = barrier::fence});
  auto sub_a = a.subscriber();
  auto sub_b = b.subscriber();
  std::atomic<std::uint64_t> seen{0};
  std::thread source([&] {
    auto pub_a = a.publisher();
    auto pub_b = b.publisher();
    for (std::uint64_t i = 1; i <= total; ++i) {
      (i % 3 == 0 ? pub_a : pub_b).publish(bytes_of("x"));
      if (i % 4 != 0) continue;  // so that the set goes to sleep again and again
      while (seen.load() < i) std::this_thread::yield();
    }
  });
  wait_set set;
  set.add(sub_a, 1);
  set.add(sub_b, 2);
  while (seen < total) {
    auto const woken = set.wait(forever, waiting::sleep);
    BOOST_REQUIRE(woken.status == status::ok);
    for (auto const& r : woken.ready) {
      auto& sub = r.key == 1 ? sub_a : sub_b;
      while (sub.try_receive()) ++seen;
    }
  }
  source.join();
  std::uint64_t overslept = 0;
  for (auto const* ch : {&a, &b}) {
    for (auto const& p : ch->participants()) overslept += p.overslept;
  }
  BOOST_TEST(overslept <= 2U);  // or slices would hide what was missed
}

BOOST_AUTO_TEST_CASE(it_outlives_its_members) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  wait_set set;
  auto sub = std::make_unique<subscriber>(ch.subscriber());
  auto other = ch.subscriber();
  set.add(*sub, 1);
  set.add(other, 2);
  auto moved = std::move(*sub);
  sub.reset();
  pub.publish(bytes_of("x"));
  BOOST_TEST((keys(set.wait()) == list({1, 2})));
  BOOST_TEST(moved.try_receive().status() == status::ok);
  BOOST_TEST(other.try_receive().status() == status::ok);
  moved.close();
  auto const woken = set.wait(0ms);
  BOOST_TEST((keys(woken) == list({1})));
  BOOST_TEST((woken.ready[0].status == status::detached));
  BOOST_TEST(set.size() == 1U);
  BOOST_TEST(set.wait(0ms).status == status::timeout);  // it is told once
  other = subscriber();
  BOOST_TEST((keys(set.wait()) == list({2})));
  BOOST_TEST(set.wait().status == status::detached);
}

BOOST_AUTO_TEST_CASE(members_come_and_go) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  wait_set set;
  BOOST_TEST(set.wait().status == status::detached);  // it would be for ever
  set.add(sub, 7);
  support::expect_error(
      errc::bad_options, [&] { set.add(sub, 7); }, "key 7");
  pub.publish(bytes_of("x"));
  BOOST_TEST((keys(set.wait()) == list({7})));
  BOOST_TEST(!set.remove(8));
  BOOST_TEST(set.remove(7));
  BOOST_TEST(set.wait().status == status::detached);
  auto closed = ch.subscriber();
  closed.close();
  support::expect_error(errc::detached, [&] { set.add(closed, 1); });
  auto taken = std::move(set);
  support::expect_error(errc::detached, [&] { set.add(sub, 1); });
  BOOST_TEST(set.wait().status == status::detached);
}

BOOST_AUTO_TEST_CASE(it_can_be_interrupted) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  wait_set set;
  set.add(sub, 1);
  for (auto const how : all_ways) {
    std::thread other([&] {
      std::this_thread::sleep_for(10ms);
      set.interrupt();
    });
    BOOST_TEST(set.wait(forever, how).status == status::interrupted);
    other.join();
    BOOST_TEST(set.wait(1ms, how).status == status::timeout);
  }
}

BOOST_AUTO_TEST_CASE(a_death_is_told) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x");
  auto const quiet = channel::create("y");
  support::gate ready;
  support::child other([&] {
    auto pub = channel::open("x").publisher();
    ready.open();
    for (;;) ::pause();
    return 0;
  });
  ready.pass();
  auto sub = ch.subscriber();
  auto sub_of_quiet = quiet.subscriber();
  wait_set set;
  set.add(sub, 1);
  set.add(sub_of_quiet, 2);
  std::thread killer([&] {
    std::this_thread::sleep_for(10ms);
    other.kill();
  });
  BOOST_TEST((keys(set.wait(forever, waiting::sleep)) == list({1})));
  killer.join();
  BOOST_TEST(sub.try_receive().status() == status::died);
}

BOOST_AUTO_TEST_CASE(more_members_than_one_call_can_sleep_for) {
  constexpr std::uint32_t count = 300;
  auto const ch = channel::create_anonymous({.slots = count});
  auto const last = channel::create_anonymous();
  std::vector<subscriber> subs;
  wait_set set;
  for (std::uint32_t i = 0; i < count; ++i) {
    subs.push_back(ch.subscriber());
    set.add(subs.back(), i);
  }
  auto sub = last.subscriber();
  set.add(sub, count);
  auto pub = last.publisher();
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(set.wait(1ms, waiting::sleep).status == status::timeout);
    std::thread source([&] {
      std::this_thread::sleep_for(2ms);
      pub.publish(bytes_of("x"));
    });
    auto const woken = set.wait(forever, waiting::sleep);
    source.join();
    BOOST_TEST((keys(woken) == list({count})));
    BOOST_TEST(sub.try_receive().status() == status::ok);
  }
  ch.publisher().publish(bytes_of("x"));
  BOOST_TEST(set.wait().ready.size() == count);
  for (auto const& p : last.participants()) BOOST_TEST(p.overslept <= 2U);
}

BOOST_AUTO_TEST_CASE(a_fork_child_has_none_of_it) {
  auto const ch = channel::create_anonymous();
  auto sub = ch.subscriber();
  wait_set set;
  set.add(sub, 1);
  support::child other([&] {
    support::require(set.wait().status == status::forked, "forked");
    support::require(!set.remove(1), "remove");
    support::expect_error(errc::forked, [&] { set.add(sub, 2); });
    wait_set const taken = std::move(set);
    return 0;
  });
  BOOST_TEST(other.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_member_that_a_thread_watches_may_go_between_two_waits) {
  constexpr std::uint32_t count = 130;
  auto const ch = channel::create_anonymous({.slots = count});
  std::vector<subscriber> subs;
  wait_set set;
  for (std::uint32_t i = 0; i < count; ++i) {
    subs.push_back(ch.subscriber());
    set.add(subs.back(), i);
  }
  auto own = channel::create_anonymous();
  auto last = own.subscriber();
  set.add(last, count);
  BOOST_TEST(set.wait(1ms, waiting::sleep).status == status::timeout);
  last.close();
  own = channel::create_anonymous();
  subs.back().close();
  std::this_thread::sleep_for(300ms);  // in which the watcher looks at all that is armed
  BOOST_TEST((keys(set.wait()) == list({count - 1, count})));
}

BOOST_AUTO_TEST_SUITE_END()
