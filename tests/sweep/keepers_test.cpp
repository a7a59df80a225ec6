// SPDX-License-Identifier: BSL-1.0
// A keeper, and one who asks it, killed and stopped at each step: whoever asks gets in, or is told why not; the name
// works again, and nothing is left.
#include <thread>

#include <sys/prctl.h>

#include <boost/test/unit_test.hpp>

#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scenes.hpp"
#include "shared_cell.hpp"
#include "users.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace sweep {

namespace {

struct progress {
  std::atomic<bool> keeps;
  std::atomic<bool> done;             ///< The keeper is not needed any more.
  std::atomic<bool> over;             ///< Nor are those who ask.
  std::atomic<std::uint64_t> let_in;  ///< How often somebody was.
};

/// A process that /proc does not show to others of its user.
support::child unprivileged(std::function<int()> const& body) {
  return ::geteuid() == 0 ? support::as(support::alice, body) : support::child(body);
}

channel create_hidden() {
  auto ch = channel::create("x", {.capacity = 4096});
  ::prctl(PR_SET_DUMPABLE, 0);
  return ch;
}

support::child keep(progress& p, std::function<void()> const& before) {
  return unprivileged([&] {
    auto const ch = create_hidden();
    before();
    keeper const k(ch);
    p.keeps = true;
    while (!p.done) std::this_thread::sleep_for(200us);
    return 0;
  });
}

/// Asks again and again. Without a keeper nobody can be let in; with a stopped one neither.
support::child ask(progress& p) {
  return unprivileged([&] {
    while (!p.over) {
      try {
        channel::open("x");
        ++p.let_in;
      } catch (error const& e) {
        support::require(e.code() == errc::unreachable || e.code() == errc::no_such_channel, e.what());
      }
      std::this_thread::sleep_for(1ms);
    }
    return 0;
  });
}

void ends_well(support::child& c, char const* who) {
  until([&] { return c.has_ended(); }, who);
  BOOST_TEST(c.wait() == 0, who);
}

void ends_as_it_was_hit(support::child& c, blow const& b) {
  BOOST_TEST(c.wait() == (was_hit() && b.signal == SIGKILL ? -SIGKILL : 0));
}

/// Nothing is left once somebody of that user has looked.
void check_the_name(support::common_registry const& scratch) {
  auto next = unprivileged([] {
    {
      auto const ch = channel::create("x", {.capacity = 4096});
      auto sub = ch.subscriber();
      auto pub = ch.publisher();
      pub.publish(support::bytes_of("news"));
      support::require(support::text_of(sub.receive(60s).bytes()) == "news", "news");
    }
    return channel::list().empty() ? 0 : 1;
  });
  ends_well(next, "the next one who creates it");
  BOOST_TEST(scratch.files() == 0U);
}

void hit_the_keeper(blow const& b) {
  support::common_registry const scratch;
  support::shared_cell<progress> p;
  auto victim = keep(*p, [&] { arm(b); });
  auto asking = ask(*p);
  auto const is_over = [&] { return victim.has_ended() || is_stopped(victim); };
  until([&] { return is_over() || p->let_in >= 3; }, "three are let in");
  p->done = true;
  until(is_over, "the keeper ends");
  if (!victim.has_ended()) {
    auto one = unprivileged([] {
      try {
        channel::open("x");
      } catch (error const& e) {
        support::require(e.code() == errc::unreachable, e.what());
      }
      return 0;
    });
    ends_well(one, "one who asks a keeper that is stopped");
    victim.go_on();
    until([&] { return victim.has_ended(); }, "the keeper ends after it was stopped");
  }
  p->over = true;
  ends_as_it_was_hit(victim, b);
  ends_well(asking, "those who ask");
  check_the_name(scratch);
}

void hit_one_who_asks(blow const& b) {
  support::common_registry const scratch;
  support::shared_cell<progress> p;
  auto holder = keep(*p, [] {});
  until([&] { return p->keeps || holder.has_ended(); }, "a keeper");
  auto victim = unprivileged([&] {
    arm(b);
    for (int i = 0; i < 3; ++i) channel::open("x").subscriber();
    return 0;
  });
  auto others = ask(*p);
  until([&] { return victim.has_ended() || is_stopped(victim); }, "the victim ends");
  auto const goal = p->let_in + 10;
  until([&] { return p->let_in >= goal || others.has_ended(); }, "others are let in meanwhile");
  if (!victim.has_ended()) {
    victim.go_on();
    until([&] { return victim.has_ended(); }, "the victim ends after it was stopped");
  }
  ends_as_it_was_hit(victim, b);
  p->over = true;
  ends_well(others, "those who ask");
  p->done = true;
  ends_well(holder, "the keeper");
  check_the_name(scratch);
}

scene with_a_keeper(char const* name, void (*play)(blow const&)) {
  return {name, [play](blow const& b) {
            try {
              play(b);
            } catch (std::exception const& e) {
              BOOST_ERROR(e.what());
            }
          }};
}

}  // namespace

std::vector<scene> keeper_scenes() {
  return {with_a_keeper("a keeper", hit_the_keeper), with_a_keeper("one who asks a keeper", hit_one_who_asks)};
}

}  // namespace sweep

BOOST_AUTO_TEST_SUITE(keepers_test)

BOOST_AUTO_TEST_CASE(who_asks_gets_in_or_is_told_why_not) { sweep::sweep(sweep::keeper_scenes()); }

BOOST_AUTO_TEST_SUITE_END()
