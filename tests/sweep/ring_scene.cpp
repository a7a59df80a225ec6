// SPDX-License-Identifier: BSL-1.0
#include "ring_scene.hpp"

#include <thread>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "scratch_registry.hpp"
#include "shared_cell.hpp"

namespace sweep {

namespace {

using quoit::channel;

support::child cast(part const& p, ledger& l) {
  return support::child([&] {
    p(channel::open("x"), l);
    return 0;
  });
}

/// Who is hit between a change and its wake-up gives none: that is one slice, slept too long by who waited for it. And
/// one may run out at the very moment of a wake. A wake-up that is always missing is missed many times.
void check_that_nobody_overslept(channel const& ch) {
  for (auto const& p : ch.participants()) BOOST_TEST(p.overslept <= 2U, p.label << " overslept " << p.overslept);
}

/// As long as somebody moves: a stopped victim may hold all of them up, and then there is nothing to wait for.
void while_moving(ledger const& l, std::uint64_t goal) {
  for (auto last = l.seen.load();;) {
    for (int i = 0; i < 100 && l.seen == last; ++i) std::this_thread::sleep_for(200us);
    if (l.seen == last || l.seen >= goal) return;
    last = l.seen;
  }
}

void check_ledger(ring_scene const& s, ledger const& l, blow const& b) {
  for (std::uint32_t who = 0; who < ledger::sources; ++who) {
    // One who was killed between its commit and its ledger has said more than that; a batch is there whole or not.
    BOOST_TEST((l.got[who] == l.committed[who] || l.got[who] == l.begun[who]),
               "source " << who << " has committed " << l.committed[who] << ", perhaps " << l.begun[who]
                         << "; there are " << l.got[who]);
  }
  // Each that has joined has one end. One who was killed may have joined and not said so.
  auto const dead = (s.before ? 1U : 0U) + (b.signal == SIGKILL && was_hit() ? 1U : 0U);
  BOOST_TEST(l.ends >= l.lives);
  BOOST_TEST(l.ends <= l.lives + dead);
  BOOST_TEST(l.deaths <= dead);
  if (s.rules.kind == quoit::kind::stream) return;
  // A number is passed over where a reservation was discarded, or was open when its publisher died.
  BOOST_TEST(l.missing <= (s.rules.publishers.value_or(1) > 1 ? l.abandoned + dead : 0));
}

/// That all places came back, and that the name can be used.
void check_what_is_left(ring_scene const& s, channel const& old) {
  BOOST_TEST(old.participants().empty());
  auto const fresh = channel::create("x", s.rules);
  for (auto const* ch : {&old, &fresh}) {
    std::vector<quoit::publisher> publishers;
    std::vector<quoit::subscriber> subscribers;
    std::vector<quoit::stream_writer> writers;
    std::vector<quoit::stream_reader> readers;
    bool const is_stream = s.rules.kind == quoit::kind::stream;
    for (std::uint32_t i = 0; i < s.rules.publishers.value_or(1); ++i) {
      is_stream ? writers.push_back(ch->stream_writer()) : publishers.push_back(ch->publisher());
    }
    for (std::uint32_t i = 0; i < *s.rules.slots; ++i) {
      is_stream ? readers.push_back(ch->stream_reader()) : subscribers.push_back(ch->subscriber());
    }
  }
}

void play(ring_scene const& s, blow const& b) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", s.rules);
  support::shared_cell<ledger> l;
  auto witness = cast(s.witness, *l);
  until([&] { return l->ready || witness.has_ended(); }, "the witness joins");
  if (s.before) {
    auto early = support::child([&] {
      auto const own = channel::open("x");
      s.before(own, *l);
      ::raise(SIGKILL);
      return 1;
    });
    BOOST_TEST(early.wait() == -SIGKILL);
  }
  std::vector<support::child> others;
  for (auto const& o : s.others) others.push_back(cast(o, *l));
  support::child victim([&] {
    auto const own = channel::open("x");
    arm(b);
    s.act(own, *l);
    return 0;
  });
  auto const all_well = [&] {
    bool ended = witness.has_ended();
    for (auto const& o : others) ended = ended || o.has_ended();
    if (ended) throw std::runtime_error("one of the others has failed");
    return true;
  };
  until([&] { return all_well() && (victim.has_ended() || is_stopped(victim)); }, "the victim ends");
  l->go = true;
  if (!victim.has_ended()) {
    auto const goal = l->seen + s.laps;
    if (s.holds_up(b.step)) {
      while_moving(*l, goal);
    } else {
      until([&] { return all_well() && l->seen >= goal; }, "the others go on beside one that is stopped");
    }
    victim.go_on();
    until([&] { return all_well() && victim.has_ended(); }, "the victim ends after it was stopped");
  }
  BOOST_TEST(victim.wait() == (was_hit() && b.signal == SIGKILL ? -SIGKILL : 0));
  auto const goal = l->seen + s.laps;
  until([&] { return all_well() && l->seen >= goal; }, "the others go on");
  check_that_nobody_overslept(ch);
  l->stop = true;
  for (auto& o : others) {
    until([&] { return o.has_ended(); }, "the others end");
    BOOST_TEST(o.wait() == 0);
  }
  ch.participants();  // which cleans up after the dead
  channel::remove("x");
  until([&] { return witness.has_ended(); }, "the witness ends");
  BOOST_TEST(witness.wait() == 0);
  check_ledger(s, *l, b);
  check_what_is_left(s, ch);
}

}  // namespace

void hold_up(ledger const& l) {
  for (auto last = l.seen.load();;) {
    std::this_thread::sleep_for(4ms);
    if (l.seen == last) return;
    last = l.seen;
  }
}

scene in_ring(ring_scene s) {
  auto const name = s.name;
  return {name, [s = std::move(s)](blow const& b) {
            try {
              play(s, b);
            } catch (std::exception const& e) {
              BOOST_ERROR(e.what());
            }
          }};
}

}  // namespace sweep
