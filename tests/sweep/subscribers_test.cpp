// SPDX-License-Identifier: BSL-1.0
// Subscribers that are killed, and stopped, at each step: reliable and lossy ones, those who are evicted and those who
// evict.
#include <thread>

#include <boost/test/unit_test.hpp>

#include "holding_up.hpp"
#include "parts.hpp"
#include "scenes.hpp"

using namespace quoit;

namespace sweep {

namespace {

channel_options rules(std::uint32_t publishers) {
  return {.capacity = 4096, .records = 16, .publishers = publishers, .slots = 4};
}

void take(subscriber& sub, int count) {
  for (int i = 0; i < count;) {
    auto const m = sub.receive(long_enough, waiting::sleep);
    if (m.status() == status::closed || m.status() == status::died) continue;
    support::require(m.status() == status::ok, std::string("reliable: ") + to_string(m.status()));
    support::require(is_whole(m.bytes()), "whole");
    ++i;
  }
}

void receive_reliably(channel const& ch, ledger& l) {
  for (auto const where : {start::next, start::oldest, start::next}) {
    auto sub = ch.subscriber({.start = where, .label = "victim"});
    take(sub, 12);
    try {
      sub.rewind(oldest);
    } catch (error const& e) {
      support::require(e.code() == errc::not_held, e.what());
    }
    take(sub, 4);
    auto a = sub.receive(long_enough);
    auto b = sub.receive(long_enough);
    take(sub, 2);
    a.release();
    b.release();
    hold_up(l);
  }
}

void receive_lossily(channel const& ch, ledger& l) {
  std::vector<std::byte> copy(4096);
  for (auto const where : {start::next, start::oldest}) {
    auto sub = ch.subscriber({.start = where, .delivery = lossy, .label = "victim"});
    for (int losses = 0, copies = 0; losses < 2 || copies < 4;) {
      auto const r = sub.receive_into(copy, long_enough, waiting::sleep);
      if (r.status == status::lost) {
        ++losses;
        support::require(sub.last_loss().last >= sub.last_loss().first, "a loss of something");
      } else if (r.status == status::ok) {
        ++copies;
        support::require(is_whole(std::span(copy).first(r.size)), "a whole copy");
      } else {
        support::require(r.status == status::closed || r.status == status::died, to_string(r.status));
      }
      for (auto const until = l.seen + 40; losses < 2 && copies >= 2 && l.seen < until;)
        std::this_thread::sleep_for(100us);
    }
  }
}

/// Holds everybody up until it is evicted; then it knows that.
void be_stuck(channel const& ch, ledger& l) {
  auto sub = ch.subscriber({.label = "stuck"});
  auto m = sub.receive(1ms);
  while (!l.stop && (m.status() == status::closed || m.status() == status::died || m.status() == status::timeout)) {
    m = sub.receive(1ms);
  }
  if (!m && (l.stop || m.status() == status::evicted)) return;
  support::require(m.status() == status::ok, std::string("stuck: ") + to_string(m.status()));
  while (m.whole() && !l.stop) std::this_thread::sleep_for(200us);
  if (m.whole()) return;
  m.release();
  auto const then = sub.receive(long_enough).status();
  support::require(then == status::evicted, std::string("stuck, and then: ") + to_string(then));
}

void be_stuck_twice(channel const& ch, ledger& l) {
  for (int i = 0; i < 2; ++i) be_stuck(ch, l);
}

void be_stuck_on(channel const& ch, ledger& l) {
  while (!l.stop) be_stuck(ch, l);
}

void evict_who_is_stuck(channel const& ch, ledger& l) {
  source s(ch, l, 1);
  s.victims = "stuck";
  for (int i = 0; i < 30; ++i) {
    s.message();
    s.evict("stuck");
  }
}

}  // namespace

std::vector<scene> subscriber_scenes() {
  std::vector<scene> all;
  auto const add = [&](char const* name, std::uint32_t publishers, part act, std::vector<part> others,
                       bool (*holds_up)(std::string const&)) {
    all.push_back(in_ring({name,
                           rules(publishers),
                           {},
                           std::move(act),
                           std::move(others),
                           holds_up,
                           witness_messages,
                           two_laps_of_messages}));
  };
  add("a reliable subscriber of one publisher", 1, receive_reliably, {publish_on(0, {}, whole_play)}, is_live);
  add("a reliable subscriber of two publishers", 2, receive_reliably, {publish_on(0), publish_on(2, {}, whole_play)},
      is_live);
  add("a lossy subscriber of one publisher", 1, receive_lossily, {publish_on(0, {}, whole_play)}, never);
  add("a lossy subscriber of two publishers", 2, receive_lossily, {publish_on(0), publish_on(2)}, never);
  add("one who is evicted", 1, be_stuck_twice, {publish_on(0, "stuck")}, never);
  add("one who evicts", 2, evict_who_is_stuck, {publish_on(0, "stuck"), be_stuck_on}, has_a_claim);
  return all;
}

}  // namespace sweep

BOOST_AUTO_TEST_SUITE(subscribers_test)

BOOST_AUTO_TEST_CASE(nobody_else_loses_anything_or_is_held_up_but_by_a_living_reliable_one) {
  sweep::sweep(sweep::subscriber_scenes());
}

BOOST_AUTO_TEST_SUITE_END()
