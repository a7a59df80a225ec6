// SPDX-License-Identifier: BSL-1.0
#include "system/byte_lock.hpp"

#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "child.hpp"
#include "expect_error.hpp"
#include "read_lock.hpp"
#include "resources.hpp"
#include "system/calls.hpp"
#include "system/descriptor.hpp"

using namespace quoit::sys;

namespace {

descriptor lock_file() {
  descriptor fd(memfd_create("quoit-lock-test", 0));
  BOOST_REQUIRE(fd);
  return fd;
}

bool held(descriptor const& fd, std::uint64_t byte) { return probe(fd.get(), {.first = byte}) == lock_state::held; }

}  // namespace

BOOST_AUTO_TEST_SUITE(liveness_test)

BOOST_AUTO_TEST_CASE(a_lock_excludes_others_and_is_seen_by_probes) {
  auto const fd = lock_file();
  BOOST_TEST(!held(fd, 5));
  auto lock = byte_lock::try_lock(fd.get(), {.first = 5});
  BOOST_TEST(static_cast<bool>(lock));
  BOOST_TEST(held(fd, 5));
  BOOST_TEST(!held(fd, 4));
  BOOST_TEST(!byte_lock::try_lock(fd.get(), {.first = 5}));
  BOOST_TEST(!byte_lock::try_lock(fd.get(), {.first = 0, .count = 10}));
  BOOST_TEST(lock.release());
  BOOST_TEST(!lock.release());
  BOOST_TEST(!held(fd, 5));
}

BOOST_AUTO_TEST_CASE(a_lock_for_reading_makes_nothing_look_alive_but_bars_those_for_writing) {
  auto const fd = lock_file();
  support::read_lock const onlooker(fd.get(), 0, 10);
  BOOST_TEST(!held(fd, 5));
  BOOST_TEST(!byte_lock::try_lock(fd.get(), {.first = 5}));
  auto const lock = byte_lock::try_lock(fd.get(), {.first = 10});
  BOOST_TEST(held(fd, 10));
  BOOST_CHECK(probe(fd.get(), {.first = 0, .count = 11}) == lock_state::held);
}

BOOST_AUTO_TEST_CASE(bytes_far_beyond_the_end_can_be_locked) {
  auto const fd = lock_file();
  auto const far = std::uint64_t{0xFFFFFFFF} << 10U | 1000U;
  auto const lock = byte_lock::try_lock(fd.get(), {.first = far});
  BOOST_TEST(held(fd, far));
  BOOST_TEST(!held(fd, far - 1));
}

BOOST_AUTO_TEST_CASE(no_stray_close_drops_it) {
  auto const fd = lock_file();
  auto const lock = byte_lock::try_lock(fd.get(), {.first = 1});
  { descriptor const again(open_at(AT_FDCWD, ("/proc/self/fd/" + std::to_string(fd.get())).c_str(), O_RDWR)); }
  BOOST_TEST(held(fd, 1));
  support::child closer([&] {
    ::close_range(3, ~0U, 0);
    return 0;
  });
  closer.wait();
  BOOST_TEST(held(fd, 1));
}

BOOST_AUTO_TEST_CASE(a_killed_process_has_released_it_and_a_stopped_one_has_not) {
  auto const fd = lock_file();
  support::gate locked;
  support::child owner([&] {
    auto const lock = byte_lock::try_lock(fd.get(), {.first = 9});
    locked.open();
    ::pause();
    return 0;
  });
  locked.pass();
  BOOST_TEST(held(fd, 9));
  owner.stop();
  BOOST_TEST(held(fd, 9));
  owner.kill();
  BOOST_TEST(!held(fd, 9));
}

BOOST_AUTO_TEST_CASE(a_zombie_has_released_it) {
  auto const fd = lock_file();
  support::gate locked;
  support::child owner([&] {
    auto lock = byte_lock::try_lock(fd.get(), {.first = 9});
    locked.open();
    ::pause();
    return 0;
  });
  locked.pass();
  owner.signal(SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(owner.pid()), &info, WEXITED | WNOWAIT);  // dead, and not yet reaped
  BOOST_TEST(!held(fd, 9));
}

BOOST_AUTO_TEST_CASE(exec_releases_it) {
  auto const fd = lock_file();
  support::gate locked;
  support::child owner([&] {
    auto lock = byte_lock::try_lock(fd.get(), {.first = 9});
    locked.open();
    ::execlp("sleep", "sleep", "60", static_cast<char*>(nullptr));
    return 1;
  });
  locked.pass();
  for (int i = 0; i < 2000 && held(fd, 9); ++i) ::usleep(5000);
  BOOST_TEST(!held(fd, 9));
}

BOOST_AUTO_TEST_CASE(a_fork_child_neither_has_nor_drops_it) {
  auto const fd = lock_file();
  support::gate forked;
  support::gate done;
  auto lock = byte_lock::try_lock(fd.get(), {.first = 3});
  support::child inheritor([&] {
    bool const released = lock.release();
    forked.open();
    done.pass();
    return released ? 1 : 0;
  });
  forked.pass();
  BOOST_TEST(held(fd, 3));
  lock.release();
  BOOST_TEST(!held(fd, 3));  // although the child lives
  done.open();
  BOOST_TEST(inheritor.wait() == 0);
}

BOOST_AUTO_TEST_CASE(forks_at_any_moment_keep_no_lock_alive) {
  // Without the mutex that a fork waits for, a child born between open and close of a lock's descriptor keeps it.
  auto const fd = lock_file();
  std::atomic<bool> stop{false};
  std::atomic<int> kept{0};
  std::thread locker([&] {
    while (!stop) {
      auto lock = byte_lock::try_lock(fd.get(), {.first = 0});
      lock.release();
      kept += held(fd, 0);
    }
  });
  for (int i = 0; i < 300; ++i) {
    support::child idle([] {
      ::usleep(2000);
      return 0;
    });
    idle.wait();
  }
  stop = true;
  locker.join();
  BOOST_TEST(kept == 0);
}

BOOST_AUTO_TEST_CASE(locks_leak_no_descriptor_and_no_mapping) {
  auto const fd = lock_file();
  auto const before = support::resources::now();
  for (int i = 0; i < 1000; ++i) {
    auto const a = byte_lock::try_lock(fd.get(), {.first = 0});
    auto const b = byte_lock::try_lock(fd.get(), {.first = 0});
  }
  BOOST_TEST(support::resources::now() == before);
}

BOOST_AUTO_TEST_SUITE_END()
