// SPDX-License-Identifier: BSL-1.0
// What users can do to each other: as two unprivileged users, the way setpriv makes them (needs root to become them).
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "read_lock.hpp"
#include "ring/place.hpp"
#include "users.hpp"

using namespace quoit;
using namespace std::chrono_literals;

using support::alice;
using support::as;
using support::bob;
using support::common_registry;
using support::fails;

BOOST_AUTO_TEST_SUITE(rights_test)

BOOST_AUTO_TEST_CASE(two_processes_of_one_unprivileged_user_meet) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::gate made;
  std::function<int()> const create = [&] {
    auto const ch = channel::create("x", {.capacity = 4096});
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    made.open();
    ::pause();
    return 0;
  };
  std::function<int()> const open = [] {
    auto sub = channel::open("x").subscriber({.start = oldest});
    return support::text_of(sub.receive(60s).bytes()) == "hello" ? 0 : 1;
  };
  auto const creator = as(alice, create);
  made.pass();
  BOOST_TEST(as(alice, open).wait() == 0);
  struct stat st {};
  BOOST_REQUIRE(::stat(scratch.file("x").c_str(), &st) == 0);
  BOOST_TEST((st.st_mode & 0777U) == 0600U);
  BOOST_TEST(st.st_uid == alice);
}

BOOST_AUTO_TEST_CASE(another_user_is_told_why_it_cannot_reach_the_channel) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::gate made;
  std::function<int()> const create = [&] {
    auto const ch = channel::create("x", {.capacity = 4096});
    made.open();
    ::pause();
    return 0;
  };
  auto const creator = as(alice, create);
  made.pass();
  std::function<int()> const intrude = [&] {
    return fails(errc::unreachable, [] { channel::open("x"); }, {"another user", scratch.file("x")}) +
           fails(errc::unreachable, [] { channel::create("x"); }, {"another user"}) +
           fails(errc::unreachable, [] { channel::create("x", replace); }, {"another user"}) +
           fails(errc::unreachable, [] { channel::remove("x"); }, {"another user"});
  };
  BOOST_TEST(as(bob, intrude).wait() == 0);
  BOOST_TEST(std::filesystem::exists(scratch.file("x")));
}

BOOST_AUTO_TEST_CASE(a_file_that_another_user_planted_is_not_believed) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  std::function<int()> const plant = [&] {
    std::ofstream(scratch.file("x")) << "anything";
    ::chmod(scratch.file("x").c_str(), 0666);
    return ::symlink("/etc/passwd", scratch.file("y").c_str());
  };
  BOOST_REQUIRE(as(bob, plant).wait() == 0);
  std::function<int()> const use = [&] {
    return fails(errc::untrusted, [] { channel::open("x"); }, {"user 61002", "user 61001"}) +
           fails(errc::untrusted, [] { channel::create("x"); }, {"user 61002"}) +
           fails(errc::untrusted, [] { channel::create("y"); }, {"symbolic link"});
  };
  BOOST_TEST(as(alice, use).wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_default_directory_that_another_user_made_is_refused) {
  if (support::cannot_become_others()) return;
  support::scratch_registry const scratch;
  auto const path = fmt::format("/dev/shm/quoit-{}", alice);
  std::filesystem::remove_all(path);
  std::function<int()> const plant = [&] { return ::mkdir(path.c_str(), 0777); };
  BOOST_REQUIRE(as(bob, plant).wait() == 0);
  std::function<int()> const use = [&] {
    ::unsetenv("QUOIT_RUNTIME_DIR");
    return fails(errc::untrusted, [] { channel::create("x"); }, {path, "owner 61001", "owner 61002"});
  };
  BOOST_TEST(as(alice, use).wait() == 0);
  std::filesystem::remove_all(path);
  std::function<int()> const link = [&] { return ::symlink("/tmp", path.c_str()); };
  BOOST_REQUIRE(as(bob, link).wait() == 0);
  std::function<int()> const use_link = [&] {
    ::unsetenv("QUOIT_RUNTIME_DIR");
    return fails(errc::untrusted, [] { channel::create("x"); }, {path, "symbolic link"});
  };
  BOOST_TEST(as(alice, use_link).wait() == 0);
  std::filesystem::remove_all(path);
  std::function<int()> const loose = [&] {
    ::unsetenv("QUOIT_RUNTIME_DIR");
    ::umask(0);
    if (::mkdir(path.c_str(), 0755) != 0) return 1;
    return fails(errc::untrusted, [] { channel::create("x"); }, {path, "mode 0700", "mode 0755"});
  };
  BOOST_TEST(as(alice, loose).wait() == 0);
  std::filesystem::remove_all(path);
}

BOOST_AUTO_TEST_CASE(a_holder_that_is_not_dumpable_is_told_as_such) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::gate made;
  std::function<int()> const create = [&] {
    auto const ch = channel::create("x", {.capacity = 4096});
    ::prctl(PR_SET_DUMPABLE, 0);
    made.open();
    ::pause();
    return 0;
  };
  auto const creator = as(alice, create);
  made.pass();
  std::function<int()> const open = [] {
    return fails(errc::unreachable, [] { channel::open("x"); }, {"not dumpable", "holder 0, pid"});
  };
  BOOST_TEST(as(alice, open).wait() == 0);
}

BOOST_AUTO_TEST_CASE(the_mode_of_files_does_not_depend_on_the_umask) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  for (mode_t const mask : {0U, 0777U}) {
    std::function<int()> const create = [&] {
      ::umask(mask);
      auto const ch = channel::create("x", {.capacity = 4096});
      struct stat st {};
      if (::stat(scratch.file("x").c_str(), &st) != 0) return 1;
      auto const again = channel::open("x");
      return (st.st_mode & 0777U) == 0600U ? 0 : 2;
    };
    BOOST_TEST(as(alice, create).wait() == 0);
  }
}

// Who may only read a file can take locks for reading on any bytes of it.

BOOST_AUTO_TEST_CASE(a_lock_for_reading_on_a_dead_name_does_not_make_it_live) {
  support::scratch_registry const scratch;
  support::gate made;
  support::child creator([&] {
    auto const ch = channel::create("x", {.capacity = 4096});
    made.open();
    ::pause();
    return 0;
  });
  made.pass();
  std::optional<support::read_lock> onlooker;
  creator.kill();
  onlooker.emplace(scratch.file("x"), 0, 4096);
  BOOST_TEST((channel::list().front().state == listing::state::stale));
  support::expect_error(errc::no_such_channel, [] { channel::open("x"); });
  // To take it over, all bytes must be locked.
  support::expect_error(
      errc::busy, [] { channel::create("x", {.capacity = 4096}); }, "lslocks");
  onlooker.reset();
  BOOST_CHECK_NO_THROW(channel::create("x", {.capacity = 4096}));
}

BOOST_AUTO_TEST_CASE(locks_for_reading_on_free_bytes_of_a_name_keep_newcomers_out_and_end_in_errors) {
  support::scratch_registry const scratch;
  auto ch = channel::create("x", {.capacity = 4096});
  std::optional<support::read_lock> onlooker;
  onlooker.emplace(scratch.file("x"), 4095, 1);
  BOOST_CHECK_NO_THROW(channel::open("x"));  // no janitor is at work
  support::expect_error(errc::exists, [] { channel::create("x", {.capacity = 4096}); });
  support::expect_error(errc::busy, [] { channel::create("x", replace, {.capacity = 4096}); });
  support::expect_error(errc::busy, [] { channel::remove("x"); });
  onlooker.reset();
  onlooker.emplace(scratch.file("x"), 1, 999);
  support::expect_error(errc::no_slot, [] { channel::open("x"); });
  BOOST_TEST((channel::list().front().state == listing::state::alive));
  BOOST_TEST(channel::list().front().holders.size() == 1U);
  ch.close();
  BOOST_TEST((channel::list().front().state == listing::state::stale));  // the last one cannot delete it
  onlooker.reset();
  BOOST_CHECK_NO_THROW(channel::create("x", {.capacity = 4096}));
}

BOOST_AUTO_TEST_CASE(locks_for_reading_on_bytes_of_places_leave_the_dead_dead_and_keep_newcomers_out) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  support::gate joined;
  support::child other([&] {
    auto const there = channel::open("x");
    auto pub = there.publisher();
    auto slow = there.subscriber();
    pub.publish(support::bytes_of("hello"));
    joined.open();
    ::pause();
    return 0;
  });
  joined.pass();
  auto sub = ch.subscriber({.start = oldest});
  other.kill();
  std::vector<std::unique_ptr<support::read_lock>> onlooker;
  auto const own = static_cast<off_t>(ring::liveness_byte(2, 1).first);  // of `sub`
  constexpr auto first = off_t{1} << 60U;
  auto const header = ch.native_handles().header;
  onlooker.push_back(std::make_unique<support::read_lock>(header, first, own - first));
  onlooker.push_back(std::make_unique<support::read_lock>(header, own + 1, 2 * first - own - 1));
  BOOST_TEST(support::text_of(sub.receive(60s).bytes()) == "hello");
  BOOST_CHECK(sub.receive(60s).status() == status::died);
  BOOST_TEST(ch.participants().size() == 1U);
  support::expect_error(errc::publisher_taken, [&] { ch.publisher(); });
  support::expect_error(errc::no_slot, [&] { ch.subscriber(); });
  support::expect_error(errc::no_slot, [&] { ch.subscriber({.delivery = delivery::lossy}); });
  onlooker.clear();
  auto pub = ch.publisher();
  BOOST_CHECK(pub.publish(support::bytes_of("again")).status == status::ok);
  BOOST_TEST(support::text_of(sub.receive(60s).bytes()) == "again");
}

BOOST_AUTO_TEST_SUITE_END()
