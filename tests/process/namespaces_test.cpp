// SPDX-License-Identifier: BSL-1.0
// Channels across pid, mount and user namespaces, as containers have them: made by unshare(2), with nothing but the
// registry directory in common.
#include <fstream>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <fmt/format.h>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "users.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::alice;
using support::as;
using support::fails;
using body = std::function<int()>;

namespace {

struct alices_registry : support::scratch_registry {
  alices_registry() { support::require(::chown(path().c_str(), alice, alice) == 0, "chown"); }
};

bool write_to(char const* path, std::string const& text) {
  std::ofstream file(path);
  file << text;
  return static_cast<bool>(file.flush());
}

/// New namespaces for this process and, as to pids, for its children. In them its user is `user`. False: refused.
bool enter(uid_t user) {
  uid_t const outside = ::geteuid();
  gid_t const group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) != 0) return false;
  return write_to("/proc/self/setgroups", "deny") &&
         write_to("/proc/self/uid_map", fmt::format("{} {} 1", user, outside)) &&
         write_to("/proc/self/gid_map", fmt::format("{} {} 1", user, group));
}

constexpr int refused = 77;

/// Runs `inside` in namespaces of its own, where alice is `user`.
support::child in_container(uid_t user, body const& inside) {
  return as(alice, [&] {
    if (!enter(user)) return refused;
    support::child first([&] {
      // A /proc that shows the new pids only, where that is allowed.
      if (::mount("proc", "/proc", "proc", 0, nullptr) != 0) std::fprintf(stderr, "/proc is the outer one\n");
      support::require(::getpid() == 1, "pid 1");
      return inside();
    });
    return first.wait();
  });
}

bool cannot_nest() {
  if (support::cannot_become_others()) return true;
  if (in_container(alice, [] { return 0; }).wait() != refused) return false;
  BOOST_TEST_MESSAGE("SKIPPED: this system refuses user namespaces (unshare, or the maps of users)");
  return true;
}

body holding(support::gate const& ready, bool keeps) {
  return [&ready, keeps] {
    auto const ch = channel::create("x", {.capacity = 4096});
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    std::optional<keeper> k;
    if (keeps) k.emplace(ch);
    ready.open();
    pub.wait_for_subscribers(1);
    pub.publish(support::bytes_of("you"));
    ::pause();
    return 0;
  };
}

int says_hello() {
  auto const ch = channel::open("x");
  auto sub = ch.subscriber({.start = oldest});
  bool const all = support::text_of(sub.receive(60s).bytes()) == "hello" &&
                   support::text_of(sub.receive(60s).bytes()) == "you" && ch.participants().size() == 2;
  return all ? 0 : 1;
}

int is_told_why() {
  return fails(errc::unreachable, [] { channel::open("x"); }, {"it lives in another pid namespace", "quoit::keeper"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(namespaces_test)

BOOST_AUTO_TEST_CASE(from_another_pid_namespace_a_channel_is_not_reached_and_the_cure_is_named) {
  if (cannot_nest()) return;
  alices_registry const scratch;
  support::gate ready;
  auto const holder = as(alice, holding(ready, false));
  ready.pass();
  BOOST_TEST(in_container(alice, is_told_why).wait() == 0);
}

BOOST_AUTO_TEST_CASE(from_a_container_it_is_reached_through_a_keeper_outside) {
  if (cannot_nest()) return;
  for (uid_t const user : {alice, uid_t{0}, uid_t{1000}}) {
    alices_registry const scratch;
    support::gate ready;
    auto const holder = as(alice, holding(ready, true));
    ready.pass();
    BOOST_TEST_CONTEXT("as user " << user) { BOOST_TEST(in_container(user, says_hello).wait() == 0); }
  }
}

BOOST_AUTO_TEST_CASE(from_outside_it_is_reached_through_a_keeper_in_a_container) {
  if (cannot_nest()) return;
  for (uid_t const user : {alice, uid_t{0}, uid_t{1000}}) {
    alices_registry const scratch;
    support::gate ready;
    auto const holder = in_container(user, holding(ready, true));
    ready.pass();
    BOOST_TEST_CONTEXT("as user " << user) { BOOST_TEST(as(alice, says_hello).wait() == 0); }
  }
}

BOOST_AUTO_TEST_CASE(from_one_container_to_another) {
  if (cannot_nest()) return;
  alices_registry const scratch;
  support::gate ready;
  auto const holder = in_container(0, holding(ready, true));
  ready.pass();
  BOOST_TEST(in_container(1000, says_hello).wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_death_in_a_container_is_seen_outside_and_the_other_way_round) {
  if (cannot_nest()) return;
  for (bool const inside : {false, true}) {
    alices_registry const scratch;
    support::gate ready;
    support::gate joined;
    body const watch = [&] {
      auto sub = channel::open("x").subscriber({.start = oldest});
      joined.open();
      status last = status::ok;
      while (last == status::ok) last = sub.receive(60s).status();
      return last == status::died ? 0 : 1;
    };
    auto holder = inside ? in_container(0, holding(ready, true)) : as(alice, holding(ready, true));
    ready.pass();
    auto watcher = inside ? as(alice, watch) : in_container(0, watch);
    joined.pass();
    holder.kill();
    BOOST_TEST(watcher.wait() == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
