// SPDX-License-Identifier: BSL-1.0
// A fork child that uses what it inherited gets an error, harms nobody, and may open channels of its own.
#include <filesystem>
#include <fstream>
#include <memory>

#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

struct everything {
  channel ch = channel::create("x", {.capacity = 4096});
  publisher pub = ch.publisher();
  subscriber sub = ch.subscriber();
  message view;
  reservation room;

  everything() {
    pub.publish(support::bytes_of("kept"));
    view = sub.receive();
    room = pub.reserve(10);
  }

  /// Whether the parent's side works as if nothing had happened.
  bool unharmed() {
    bool const kept = support::text_of(view.bytes()) == "kept" && view.whole();
    std::memcpy(room.bytes().data(), "0123456789", 10);
    auto const committed = room.commit().sequence == 2;
    auto const m = sub.receive();
    return kept && committed && support::text_of(m.bytes()) == "0123456789" && channel::open("x");
  }
};

template <class F>
void require_forked(F&& f) {
  try {
    f();
  } catch (error const& e) {
    support::require(e.code() == make_error_code(errc::forked), e.what());
    return;
  }
  throw std::runtime_error("no error");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fork_test)

BOOST_AUTO_TEST_CASE(every_call_in_the_child_says_forked) {
  support::scratch_registry const scratch;
  everything e;
  support::child inheritor([&] {
    using support::require;
    require(e.pub.reserve(1).status() == status::forked, "reserve");
    require(e.pub.try_reserve(1).status() == status::forked, "try_reserve");
    require(e.pub.publish(support::bytes_of("x")).status == status::forked, "publish");
    require(e.pub.wait_for_subscribers(1) == status::forked, "wait_for_subscribers");
    require(e.room.commit().status == status::forked, "commit");
    require(e.sub.receive().status() == status::forked, "receive");
    require(e.sub.try_receive().status() == status::forked, "try_receive");
    require(e.sub.poll([](message const&) {}).status == status::forked, "poll");
    require(!e.view.whole(), "whole");
    require(e.sub.lag() == 0 && !e.sub.retired() && !e.pub.retired() && e.pub.max_payload() == 0, "queries");
    e.sub.interrupt();
    e.pub.interrupt();
    require_forked([&] { e.ch.publisher(); });
    require_forked([&] { e.ch.subscriber(); });
    require_forked([&] { e.ch.info(); });
    require_forked([&] { e.ch.participants(); });
    require_forked([&] { e.pub.subscribers(); });
    return 0;
  });
  BOOST_TEST(inheritor.wait() == 0);
  BOOST_TEST(e.unharmed());
}

BOOST_AUTO_TEST_CASE(destructors_in_the_child_do_nothing) {
  support::scratch_registry const scratch;
  auto e = std::make_unique<everything>();
  support::child inheritor([&] {
    e.reset();
    return 0;
  });
  BOOST_TEST(inheritor.wait() == 0);
  BOOST_TEST(scratch.files() == 1U);
  BOOST_TEST(e->unharmed());
}

BOOST_AUTO_TEST_CASE(destructors_in_the_child_do_nothing_even_if_the_parent_is_dead) {
  support::scratch_registry const scratch;
  support::gate born;
  support::gate dead;
  support::gate done;
  support::child parent([&] {
    auto e = std::make_unique<everything>();
    if (::fork() == 0) {
      born.open();
      dead.pass();
      e.reset();
      done.open();
      ::_exit(0);
    }
    ::pause();
    return 0;
  });
  born.pass();
  parent.kill();
  dead.open();
  done.pass();
  BOOST_TEST(scratch.files() == 1U);  // stale, and not the child's to delete
  BOOST_CHECK_NO_THROW(channel::create("x"));
}

BOOST_AUTO_TEST_CASE(the_child_may_open_the_channel_anew) {
  support::scratch_registry const scratch;
  everything e;
  auto extra = e.ch.subscriber();
  support::child inheritor([&] {
    auto const own = channel::open("x");
    auto sub = own.subscriber({.start = oldest});
    support::require(support::text_of(sub.receive().bytes()) == "kept", "message");
    auto const mine = channel::create("y");
    return mine.publisher().publish(support::bytes_of("x")) ? 0 : 1;
  });
  BOOST_TEST(inheritor.wait() == 0);
  BOOST_TEST(e.unharmed());
}

BOOST_AUTO_TEST_CASE(a_child_that_lives_on_does_not_keep_its_dead_parent_alive) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto sub = ch.subscriber();
  support::gate publishing;
  support::gate orphan;
  support::child parent([&] {
    auto pub = channel::open("x").publisher();
    if (::fork() == 0) {
      publishing.open();
      orphan.pass();
      ::_exit(0);
    }
    ::pause();
    return 0;
  });
  publishing.pass();
  parent.kill();
  BOOST_TEST(sub.receive(60s).status() == status::died);
  BOOST_CHECK_NO_THROW(ch.publisher());
  orphan.open();
}

BOOST_AUTO_TEST_CASE(a_child_that_lives_on_does_not_keep_the_memory) {
  support::scratch_registry const scratch;
  auto ch = std::make_unique<channel>(channel::create("x", {.capacity = 4096}));
  support::child inheritor([&] {
    for (auto const& e : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      auto const target = std::filesystem::read_symlink(e.path(), gone).string();
      support::require(target.find("quoit-header") == std::string::npos, target);
    }
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      support::require(line.find("memfd:quoit") == std::string::npos, line);
    }
    // Its own come and go under the same numbers; the inherited object must not take them.
    auto const own = channel::create("y", {.capacity = 4096});
    ch.reset();
    return channel::open("y").info().uuid == own.info().uuid ? 0 : 1;
  });
  BOOST_TEST(inheritor.wait() == 0);
  BOOST_CHECK_NO_THROW(channel::open("x"));
}

BOOST_AUTO_TEST_CASE(a_handler_of_poll_that_forks) {
  support::scratch_registry const scratch;
  for (bool const throws : {false, true}) {
    auto const ch = channel::create("x", {.capacity = 4096});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    for (int i = 0; i < 3; ++i) pub.publish(support::bytes_of("x"));
    pid_t child = -1;
    try {
      auto const r = sub.poll([&](message const& m) {
        if (m.sequence() != 2) return;
        child = ::fork();
        if (child == 0 && throws) throw std::runtime_error("in the child");
      });
      if (child == 0) ::_exit(r.status == status::forked ? 0 : 1);
      BOOST_TEST(r.count == 3U);
    } catch (std::runtime_error const&) {
      ::_exit(child == 0 ? 0 : 2);
    }
    int result = 0;
    ::waitpid(child, &result, 0);
    BOOST_TEST(result == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
