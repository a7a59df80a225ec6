// SPDX-License-Identifier: BSL-1.0
// Channels that their creator lets others use: what the mode says, and whom who opens believes.
#include <optional>

#include <sys/stat.h>

#include <fmt/format.h>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "users.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::alice;
using support::as;
using support::bob;
using support::fails;

namespace {

using body = std::function<int()>;

mode_t mode_of(std::string const& path) {
  struct stat st {};
  support::require(::stat(path.c_str(), &st) == 0, "stat " + path);
  return st.st_mode & 07777U;
}

/// A process of alice's that has created "x", has published "hello", and hands the channel out until it is killed.
support::child alices(support::gate& made, channel_options const& options) {
  body const create = [&] {
    auto const ch = channel::create("x", options);
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    keeper const k(ch);
    made.open();
    ::pause();
    return 0;
  };
  return as(alice, create);
}

int says_hello(channel_options const& expected) {
  auto sub = channel::open("x", expected).subscriber({.start = oldest});
  return support::text_of(sub.receive(60s).bytes()) == "hello" ? 0 : 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(modes_test)

BOOST_AUTO_TEST_CASE(the_mode_of_all_files_is_what_was_asked_for_whatever_the_umask) {
  for (mode_t const mask : {0U, 0777U}) {
    for (mode_t const mode : {0600U, 0640U, 0660U, 0666U}) {
      support::common_registry const scratch;
      auto const path = scratch.path() + "/memory";
      body const create = [&] {
        ::umask(mask);
        auto const ch = channel::create("x", {.capacity = 4096, .mode = mode});
        auto const in_file = channel::create("y", {.capacity = 4096, .path = path, .mode = mode});
        auto const h = ch.native_handles();
        for (auto const& file : {scratch.file("x"), scratch.file("y"), path, fmt::format("/proc/self/fd/{}", h.header),
                                 fmt::format("/proc/self/fd/{}", h.data)}) {
          support::require(mode_of(file) == mode, fmt::format("{}: {:04o}", file, mode_of(file)));
        }
        return 0;
      };
      BOOST_TEST(support::child(create).wait() == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(another_user_takes_part_if_the_mode_says_so_and_it_trusts_the_owner) {
  if (support::cannot_become_others()) return;
  support::common_registry const scratch;
  support::gate made;
  auto creator = alices(made, {.capacity = 4096, .publishers = 2, .mode = 0666});
  made.pass();
  body const take_part = [] {
    auto const ch = channel::open("x", {.owner = alice});
    auto sub = ch.subscriber();
    auto pub = ch.publisher();
    support::require(pub.publish(support::bytes_of("bob")).status == status::ok, "publish");
    support::require(support::text_of(sub.receive(60s).bytes()) == "bob", "receive");
    return says_hello({.owner = alice});
  };
  BOOST_TEST(as(bob, take_part).wait() == 0);
  body const distrust = [] {
    return fails(errc::untrusted, [] { channel::open("x"); }, {"user 61001", "channel_options::owner"}) +
           fails(errc::untrusted, [] { channel::open("x", {.owner = 61004}); }, {"user 61001"});
  };
  BOOST_TEST(as(bob, distrust).wait() == 0);
  // A death is seen by the kernel's locks, whoever's they are.
  support::gate there;
  body const outlive = [&] {
    auto sub = channel::open("x", {.owner = alice}).subscriber({.start = oldest});
    support::require(support::text_of(sub.receive(60s).bytes()) == "hello", "hello");
    support::require(support::text_of(sub.receive(60s).bytes()) == "bob", "bob");
    there.open();
    while (sub.receive(60s).status() != status::died) {
    }
    return 0;
  };
  auto survivor = as(bob, outlive);
  there.pass();
  creator.kill();
  BOOST_TEST(survivor.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_mode_that_keeps_others_out_does_whomever_they_trust) {
  if (support::cannot_become_others()) return;
  for (mode_t const mode : {0600U, 0640U, 0644U, 0660U}) {
    support::common_registry const scratch;
    support::gate made;
    auto const creator = alices(made, {.capacity = 4096, .mode = mode});
    made.pass();
    body const intrude = [&] {
      return fails(errc::unreachable, [] { channel::open("x", {.owner = alice}); }, {scratch.file("x")});
    };
    BOOST_TEST(as(bob, intrude).wait() == 0);
    body const be_in_the_group = [&] { return says_hello({.owner = alice}); };
    body const look_on = [] {
      auto const seen = observer::open("x", {}, alice);
      return seen.level().records == 1 ? 0 : 1;
    };
    if (mode == 0644) BOOST_TEST(as(bob, look_on).wait() == 0);
    if (mode == 0640) BOOST_TEST(as(bob, look_on, {alice}).wait() == 0);
    if (mode == 0640) BOOST_TEST(as(bob, look_on).wait() == 99);
    if (mode == 0660) BOOST_TEST(as(bob, be_in_the_group, {alice}).wait() == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_registry_file_has_the_group_of_the_memory_whatever_the_directorys_is) {
  if (support::cannot_become_others()) return;
  constexpr gid_t other_group = 61003;
  support::scratch_registry const scratch;
  BOOST_REQUIRE(::chown(scratch.path().c_str(), 0, other_group) == 0);
  BOOST_REQUIRE(::chmod(scratch.path().c_str(), 03777) == 0);
  support::gate made;
  auto const creator = alices(made, {.capacity = 4096, .mode = 0660});
  made.pass();
  struct stat st {};
  BOOST_REQUIRE(::stat(scratch.file("x").c_str(), &st) == 0);
  BOOST_TEST(st.st_gid == alice);
  BOOST_TEST((st.st_mode & 0777U) == 0660U);
  body const take_part = [] { return says_hello({.owner = alice}); };
  body const be_kept_out = [] {
    return fails(errc::unreachable, [] { channel::open("x", {.owner = alice}); }, {"no permission"});
  };
  BOOST_TEST(as(bob, take_part, {alice}).wait() == 0);
  BOOST_TEST(as(bob, be_kept_out, {other_group}).wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_group_that_the_registry_file_cannot_have_is_an_error_if_it_has_any_rights) {
  if (support::cannot_become_others()) return;
  support::common_registry const files;  // whose group alice is not in
  BOOST_REQUIRE(::chown(files.path().c_str(), 0, 61003) == 0);
  BOOST_REQUIRE(::chmod(files.path().c_str(), 03777) == 0);
  support::common_registry const scratch;
  body const create = [&] {
    channel_options options{.capacity = 4096, .path = files.file("ring"), .mode = 0660};
    int const result =
        fails(std::errc::operation_not_permitted, [&] { channel::create("x", options); }, {"group 61003", "mode 0600"});
    options.mode = 0600;
    auto const ch = channel::create("x", options);
    return result;
  };
  BOOST_TEST(as(alice, create).wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_file_needs_no_keeper) {
  if (support::cannot_become_others()) return;
  support::scratch_registry const scratch;
  BOOST_REQUIRE(::chown(scratch.path().c_str(), 0, alice) == 0);
  BOOST_REQUIRE(::chmod(scratch.path().c_str(), 0770) == 0);
  support::gate made;
  auto const path = scratch.path() + "/memory";
  body const create = [&] {
    auto const ch = channel::create("x", {.capacity = 4096, .path = path, .mode = 0660});
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    made.open();
    ::pause();
    return 0;
  };
  auto creator = as(alice, create);
  made.pass();
  body const open = [] { return says_hello({.owner = alice}); };
  BOOST_TEST(as(bob, open, {alice}).wait() == 0);
  // And so when nobody uses it any more: it is looked at, and taken up, by who trusts its owner.
  creator.kill();
  body const look_on = [] { return observer::open("x", {}, alice).level().records == 1 ? 0 : 1; };
  body const distrust = [] {
    return fails(errc::untrusted, [] { observer::open("x"); }, {"user 61001"}) +
           fails(errc::untrusted, [] { channel::open("x"); }, {"user 61001"});
  };
  BOOST_TEST(as(bob, look_on, {alice}).wait() == 0);
  BOOST_TEST(as(bob, distrust, {alice}).wait() == 0);
  // In a sticky directory nobody can take another one's name, though.
  ::chmod(scratch.path().c_str(), 01770);
  body const be_refused = [] {
    return fails(std::errc::operation_not_permitted, [] { channel::open("x", {.owner = alice}); }, {"sticky"});
  };
  BOOST_TEST(as(bob, be_refused, {alice}).wait() == 0);
  ::chmod(scratch.path().c_str(), 0770);
  BOOST_TEST(as(bob, open, {alice}).wait() == 0);
}

BOOST_AUTO_TEST_CASE(who_may_not_change_a_name_does_not_retire_its_channel_either) {
  if (support::cannot_become_others()) return;
  support::scratch_registry const scratch;
  BOOST_REQUIRE(::chown(scratch.path().c_str(), 0, alice) == 0);
  BOOST_REQUIRE(::chmod(scratch.path().c_str(), 01770) == 0);
  support::gate made;
  auto creator = alices(made, {.capacity = 4096, .mode = 0660});
  made.pass();
  body const try_all = [] {
    channel_options const theirs{.capacity = 4096, .mode = 0660, .owner = alice};
    auto sub = channel::open("x", theirs).subscriber();
    return fails(errc::exists, [&] { channel::create("x", theirs); }, {"a name that nobody holds"}) +
           fails(std::errc::operation_not_permitted, [&] { channel::create("x", replace, theirs); }, {"sticky"}) +
           (sub.try_receive().status() == status::timeout ? 0 : 1);
  };
  BOOST_TEST(as(bob, try_all, {alice}).wait() == 0);
  body const remove = [] { return fails(errc::untrusted, [] { channel::remove("x"); }, {"user 61001"}); };
  BOOST_TEST(as(bob, remove, {alice}).wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_list_tells_of_anothers_channel_that_it_is_there_and_more_if_its_owner_is_trusted) {
  if (support::cannot_become_others()) return;
  support::common_registry const scratch;
  support::gate made;
  auto const alice_has = alices(made, {.capacity = 4096, .mode = 0644});
  made.pass();
  body const look = [] {
    auto const unknown = channel::list();
    auto const known = channel::list(alice);
    bool const good = unknown.size() == 1 && unknown[0].state == listing::state::foreign &&
                      unknown[0].note.find("user 61001") != std::string::npos && known.size() == 1 &&
                      known[0].state == listing::state::alive && known[0].capacity == 4096U;
    return good ? 0 : 1;
  };
  BOOST_TEST(as(bob, look).wait() == 0);
}

BOOST_AUTO_TEST_CASE(who_opens_with_a_mode_wants_nobody_else_in) {
  support::common_registry const scratch;
  auto const path = scratch.path() + "/memory";
  auto const opens = [](std::string const& name, std::uint32_t mode) {
    try {
      channel::open_or_create(name, {.mode = mode});
    } catch (error const& e) {
      BOOST_TEST(e.code() == errc::mismatch, e.what());
      return false;
    }
    return true;
  };
  for (std::uint32_t const mode : {0600U, 0640U, 0660U, 0644U, 0666U}) {
    std::optional<channel> const in_memory = channel::create("x", replace, {.capacity = 4096, .mode = mode});
    std::optional<channel> in_file = channel::create("y", replace, {.capacity = 4096, .path = path, .mode = mode});
    for (bool const in_use : {true, false}) {
      for (std::uint32_t const asked : {0600U, 0640U, 0660U, 0644U, 0666U}) {
        BOOST_TEST_CONTEXT(fmt::format("mode {:04o}, asked {:04o}, in use {}", mode, asked, in_use)) {
          BOOST_TEST(opens("x", asked) == ((mode & ~asked) == 0));
          BOOST_TEST(opens("y", asked) == ((mode & ~asked) == 0));
        }
      }
      in_file.reset();
    }
    for (auto const* name : {"x", "y"}) {
      if (mode == 0666U)
        support::expect_error(
            errc::mismatch, [&] { channel::open(name, {.mode = 0600}); }, "mode 0600, or less", "mode 0666");
    }
  }
}

BOOST_AUTO_TEST_CASE(modes_that_make_no_sense) {
  support::scratch_registry const scratch;
  for (std::uint32_t const mode : {0U, 0400U, 0066U, 0700U, 0777U, 04600U, 0x80000000U}) {
    support::expect_error(
        errc::bad_options, [&] { channel::create("x", {.mode = mode}); }, "0600");
  }
  support::expect_error(
      errc::bad_options, [] { channel::create("x", {.backing = backing::sysv, .mode = 0660}); }, "sysv");
}

BOOST_AUTO_TEST_SUITE_END()
