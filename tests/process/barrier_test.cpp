// SPDX-License-Identifier: BSL-1.0
// Who fences: by the rule `fence` everybody who may have to wake somebody; by `asymmetric` only who is about to sleep,
// for all. No wake-up is lost either way, nor where the kernel refuses one side or the other; and `asymmetric` costs
// those who publish and receive nothing.
#include <atomic>
#include <cerrno>
#include <functional>
#include <thread>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "instructions.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "system/barrier.hpp"
#include "system/calls.hpp"
#include "wait/futex_word.hpp"

using namespace quoit;

namespace {

constexpr std::uint64_t rounds = 20'000 / support::slower;

std::atomic<std::uint64_t> barriers{0};

int counting(sys::call c) noexcept {
  if (c == sys::call::membarrier_) barriers.fetch_add(1, std::memory_order_relaxed);
  return 0;
}
int refusing(sys::call c) noexcept { return c == sys::call::membarrier_ ? EPERM : 0; }

bool skipped_without_barrier() {
  if (sys::has_barrier()) return false;
  BOOST_TEST_MESSAGE("SKIPPED: no membarrier here");
  return true;
}

/// Sends back what comes, asleep whenever it can be.
int echo() {
  auto const there = channel::open("there", wait_for{});
  auto const back = channel::open("back", wait_for{});
  auto sub = there.subscriber({.start = oldest});
  auto pub = back.publisher();
  for (std::uint64_t i = 1; i <= rounds; ++i) {
    auto const m = sub.receive(forever, waiting::sleep);
    support::require(m && m.tag() == i && pub.publish(m.bytes(), m.tag()), "echo");
  }
  return 0;
}

/// Back and forth between two processes that sleep for each other. How often one of them slept until the end of its
/// slice though something was there.
std::uint64_t oversleeps(barrier rule, sys::call_hook hook_here, sys::call_hook hook_there) {
  support::scratch_registry const scratch;
  support::child other([hook_there] {
    sys::set_call_hook(hook_there);
    return echo();
  });
  sys::set_call_hook(hook_here);
  auto const there = channel::create("there", {.capacity = 4096, .barrier = rule});
  auto const back = channel::create("back", {.capacity = 4096, .barrier = rule});
  auto sub = back.subscriber();
  auto pub = there.publisher();
  std::uint64_t overslept = 0;
  bool good = true;
  for (std::uint64_t i = 1; i <= rounds && good; ++i) {
    good = bool(pub.publish(support::bytes_of("ping"), static_cast<std::uint32_t>(i)));
    good = good && sub.receive(forever, waiting::sleep).tag() == i;
    if (i + 1 < rounds) continue;
    overslept = 0;
    for (auto const* ch : {&there, &back}) {
      for (auto const& p : ch->participants()) overslept += p.overslept;
    }
  }
  sys::set_call_hook(nullptr);
  BOOST_TEST(good);
  BOOST_TEST(other.wait() == 0);
  return overslept;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(barrier_test)

BOOST_AUTO_TEST_CASE(it_is_a_rule_of_the_channel) {
  support::scratch_registry const scratch;
  auto const a = channel::create("a", {.barrier = barrier::asymmetric});
  auto const f = channel::create("f", {.barrier = barrier::fence});
  BOOST_TEST((a.info().barrier == barrier::asymmetric));
  BOOST_TEST((f.info().barrier == barrier::fence));
  channel::open("a", {.barrier = barrier::asymmetric});
  support::expect_error(
      errc::mismatch, [] { channel::open("a", {.barrier = barrier::fence}); }, "barrier fence", "barrier asymmetric");
  support::expect_error(errc::mismatch, [] { channel::open("f", {.barrier = barrier::asymmetric}); });
}

BOOST_AUTO_TEST_CASE(the_default_is_what_this_system_has) {
  bool const has = sys::has_barrier();
  BOOST_TEST_MESSAGE("membarrier: " << (has ? "yes" : "no"));
  BOOST_TEST((channel::create_anonymous().info().barrier == (has ? barrier::asymmetric : barrier::fence)));
  sys::set_call_hook(refusing);
  auto const without = channel::create_anonymous();
  sys::set_call_hook(nullptr);
  BOOST_TEST((without.info().barrier == barrier::fence));
}

// Slices hide a lost wake-up, so they are counted: one may run out at the very moment of a wake.
BOOST_AUTO_TEST_CASE(no_wake_is_lost_when_wakers_fence) {
  BOOST_TEST(oversleeps(barrier::fence, nullptr, nullptr) <= 2U);
}

BOOST_AUTO_TEST_CASE(no_wake_is_lost_when_sleepers_fence) {
  if (skipped_without_barrier()) return;
  barriers = 0;
  BOOST_TEST(oversleeps(barrier::asymmetric, counting, nullptr) <= 2U);
  BOOST_TEST(barriers.load() > 0U);  // this side has slept
}

BOOST_AUTO_TEST_CASE(no_wake_is_lost_when_the_kernel_refuses_one_side) {
  // That one fences for itself before it looks for sleepers, and naps where it would sleep.
  if (skipped_without_barrier()) return;
  BOOST_TEST(oversleeps(barrier::asymmetric, nullptr, refusing) <= 2U);
  BOOST_TEST(oversleeps(barrier::asymmetric, refusing, nullptr) <= 2U);
}

namespace {

/// One side changes something and looks for a sleeper, without a fence; the other one says that it sleeps, and looks
/// for the change; both at the same moment, again and again. How often neither has seen the other.
std::uint64_t missed(std::uint64_t times, wait::wakers sleeper) {
  struct alignas(128) shared_word {
    std::atomic<std::uint32_t> word{0};
  };
  shared_word change, sleepers, started, finished;
  std::atomic<bool> heard{false};
  std::thread waker([&] {
    for (std::uint32_t i = 1; i <= times; ++i) {
      while (started.word.load(std::memory_order_acquire) != i) {
      }
      change.word.store(i, std::memory_order_release);
      std::atomic_signal_fence(std::memory_order_seq_cst);
      heard.store(wait::has_sleepers(sleepers.word), std::memory_order_relaxed);
      finished.word.store(i, std::memory_order_release);
    }
  });
  std::uint64_t count = 0;
  for (std::uint32_t i = 1; i <= times; ++i) {
    started.word.store(i, std::memory_order_release);
    for (std::uint32_t pause = 0; pause < i % 64; ++pause) std::atomic_signal_fence(std::memory_order_seq_cst);
    wait::announce_sleeper(sleepers.word);
    wait::fence_wakers(sleeper);
    bool const seen = change.word.load(std::memory_order_acquire) == i;
    while (finished.word.load(std::memory_order_acquire) != i) {
    }
    count += !seen && !heard.load(std::memory_order_relaxed);
    sleepers.word.store(0, std::memory_order_relaxed);
  }
  waker.join();
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_sleepers_barrier_is_one_for_wakers_that_have_none) {
  if (support::skipped_if_sanitized("it orders more than the processor does")) return;
  if (skipped_without_barrier() || std::thread::hardware_concurrency() < 2) return;
  BOOST_TEST(sys::join_barrier());
  BOOST_TEST(missed(300'000, wait::wakers::are_fenced) == 0U);
  auto const without = missed(300'000, wait::wakers::fence);
  BOOST_TEST_MESSAGE(without << " wake-ups would have been lost without it");
}

#if defined(__x86_64__)

namespace {

constexpr std::uint64_t messages = 20;

/// Publishing and receiving, in place, copied, and in a batch; before that, once to warm up.
std::function<void()> exchange(channel_options const& options, delivery how) {
  auto const ch = channel::create_anonymous(options);
  auto pub = std::make_shared<publisher>(ch.publisher());
  auto sub = std::make_shared<subscriber>(ch.subscriber({.delivery = how}));
  auto const body = [pub, sub] {
    for (std::uint64_t i = 0; i < messages; ++i) {
      pub->reserve(40).commit(20);
      auto run = pub->reserve_batch(2, 100);
      run.append(10);
      run.append(20);
      run.commit();
      for (int k = 0; k < 3; ++k) {
        if (!sub->receive()) std::abort();
      }
    }
  };
  body();
  return body;
}

std::function<void()> stream_bytes(barrier rule) {
  auto const ch = channel::create_anonymous({.kind = quoit::stream, .barrier = rule});
  auto writer = std::make_shared<stream_writer>(ch.stream_writer());
  auto reader = std::make_shared<stream_reader>(ch.stream_reader());
  auto const body = [writer, reader] {
    for (std::uint64_t i = 0; i < messages; ++i) {
      writer->prepare(100);
      writer->commit(100);
      if (reader->data().bytes.size() != 100 || reader->consume(100) != status::ok) std::abort();
    }
  };
  body();
  return body;
}

}  // namespace

BOOST_AUTO_TEST_CASE(asymmetric_costs_no_fence_and_no_system_call) {
  if (support::skipped_if_sanitized("it has instructions of its own")) return;
  if (skipped_without_barrier()) return;
  for (auto const how : {reliable, lossy}) {
    auto const n = support::count_instructions([&] { return exchange({.barrier = barrier::asymmetric}, how); });
    BOOST_REQUIRE(n.has_value());
    BOOST_TEST(n->fences == 0U);
    BOOST_TEST_MESSAGE(n->all / messages << " instructions for three messages published and received");
  }
  auto const s = support::count_instructions([] { return stream_bytes(barrier::asymmetric); });
  BOOST_REQUIRE(s.has_value());
  BOOST_TEST(s->fences == 0U);
}

BOOST_AUTO_TEST_CASE(each_fence_would_have_been_seen) {
  if (support::skipped_if_sanitized("it has instructions of its own")) return;
  auto const n = support::count_instructions([] { return exchange({.barrier = barrier::fence}, reliable); });
  BOOST_REQUIRE(n.has_value());
  BOOST_TEST(n->fences == 4 * messages);  // two commits, and two releases, as those of a batch are one
  auto const lossy_ones = support::count_instructions([] { return exchange({.barrier = barrier::fence}, lossy); });
  BOOST_REQUIRE(lossy_ones.has_value());
  BOOST_TEST(lossy_ones->fences == 2 * messages);
  auto const s = support::count_instructions([] { return stream_bytes(barrier::fence); });
  BOOST_REQUIRE(s.has_value());
  BOOST_TEST(s->fences == 2 * messages);
}

BOOST_AUTO_TEST_CASE(many_publishers_pay_for_their_claims_alone) {
  if (support::skipped_if_sanitized("it has instructions of its own")) return;
  if (skipped_without_barrier()) return;
  auto const n =
      support::count_instructions([] { return exchange({.publishers = 2, .barrier = barrier::asymmetric}, reliable); });
  BOOST_REQUIRE(n.has_value());
  BOOST_TEST(n->fences == 2 * 3 * messages);  // claim, help, resolve: for a batch as for a record
}

#endif

BOOST_AUTO_TEST_SUITE_END()
