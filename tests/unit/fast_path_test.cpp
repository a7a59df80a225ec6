// SPDX-License-Identifier: BSL-1.0
// The fast path makes no system call and no allocation when nobody sleeps. Shown by a kernel that kills for the first
// call, and by counting allocations.
#include <atomic>
#include <cstdlib>
#include <new>

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "system/calls.hpp"

using namespace quoit;

namespace {

std::atomic<std::uint64_t> allocations{0};
std::atomic<std::uint64_t> calls{0};

/// Every way through the path of messages that need not wait.
bool run(publisher& pub, subscriber& sub, std::uint64_t count) {
  std::uint64_t received = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto room = pub.reserve(i % 200);
    room.tag(7);
    if (!room.commit()) return false;
    if (!pub.try_reserve(10).commit(5)) return false;
    { auto const discarded = pub.reserve(100); }
    if (!pub.publish(support::bytes_of("copied"))) return false;
    auto const a = sub.receive();
    auto const b = sub.try_receive();
    if (!a || !b) return false;
    received += sub.poll([](message const&) {}).count;
    if (sub.lag() != 3) return false;
  }
  return received == count;
}

}  // namespace

#ifndef QUOIT_SANITIZED  // a sanitizer has replaced them already
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif

BOOST_AUTO_TEST_SUITE(fast_path_test)

BOOST_AUTO_TEST_CASE(no_system_call_passes_the_kernel) {
  if (support::skipped_if_sanitized("it makes system calls of its own")) return;
  support::child strict([] {
    auto const ch = channel::create_anonymous({.capacity = 64_KiB});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    support::require(run(pub, sub, 10), "warming up");
    // From here on the kernel kills this process for any call but read, write and exit.
    support::require(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0, "seccomp");
    bool const good = run(pub, sub, 100'000);
    ::syscall(SYS_exit, good ? 42 : 1);
    return 0;
  });
  BOOST_TEST(strict.wait() == 42);
}

BOOST_AUTO_TEST_CASE(the_kernel_would_have_noticed) {
  if (support::skipped_if_sanitized("it makes system calls of its own")) return;
  support::child strict([] {
    support::require(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0, "seccomp");
    sys::getrandom(nullptr, 0);
    ::syscall(SYS_exit, 42);
    return 0;
  });
  BOOST_TEST(strict.wait() == -SIGKILL);
}

BOOST_AUTO_TEST_CASE(no_call_goes_through_the_seam_and_nothing_is_allocated) {
  auto const ch = channel::create_anonymous({.capacity = 64_KiB});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  BOOST_TEST(run(pub, sub, 10));
  sys::set_call_hook([](sys::call) noexcept {
    calls.fetch_add(1, std::memory_order_relaxed);
    return 0;
  });
  calls = 0;
  auto const before = allocations.load();
  bool const good = run(pub, sub, 50'000);
  auto const allocated = allocations.load() - before;
  auto const called = calls.load();
  sys::set_call_hook(nullptr);
  BOOST_TEST(good);
  BOOST_TEST(allocated == 0U);
  BOOST_TEST(called == 0U);
}

BOOST_AUTO_TEST_CASE(the_counters_count) {
  if (support::skipped_if_sanitized("it has its own operator new")) return;
  sys::set_call_hook([](sys::call) noexcept {
    calls.fetch_add(1, std::memory_order_relaxed);
    return 0;
  });
  calls = 0;
  auto const before = allocations.load();
  { auto const ch = channel::create_anonymous(); }
  sys::set_call_hook(nullptr);
  BOOST_TEST(allocations.load() > before);
  BOOST_TEST(calls.load() > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
