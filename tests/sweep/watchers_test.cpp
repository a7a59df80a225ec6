// SPDX-License-Identifier: BSL-1.0
// Those who wait for several channels at once, those who wait behind an event descriptor, and those who only look on,
// killed and stopped at each step.
#include <thread>

#include <poll.h>

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

bool is_good(received const& r, std::span<std::byte const> copy) {
  return r.status == status::ok ? is_whole(copy.first(r.size))
                                : r.status == status::closed || r.status == status::died || r.status == status::lost;
}

/// Everything that is there now. How many messages.
int drain(subscriber& sub) {
  std::vector<std::byte> copy(4096);
  for (int count = 0;;) {
    auto const r = sub.receive_into(copy, 0ns);
    if (r.status == status::timeout) return count;
    support::require(is_good(r, copy), std::string("drained: ") + to_string(r.status));
    count += r.status == status::ok;
  }
}

/// With two members, one of which begins later.
part wait_in_a_set(quoit::delivery how) {
  return [how](channel const& ch, ledger& l) {
    for (auto const where : {start::next, start::oldest}) {
      auto first = ch.subscriber({.start = where, .delivery = how, .label = "victim"});
      wait_set set;
      set.add(first, 1);
      std::optional<subscriber> second;
      for (int count = 0; count < 12;) {
        auto const woken = set.wait(long_enough, waiting::sleep);
        support::require(static_cast<bool>(woken), std::string("a set: ") + to_string(woken.status));
        for (auto const& r : woken.ready) {
          support::require(r.status == status::ok, "a member");
          count += drain(r.key == 1 ? first : *second);
        }
        if (second) continue;
        second = ch.subscriber({.delivery = how, .label = "victim"});
        set.add(*second, 2);
      }
      if (how == reliable) hold_up(l);
    }
  };
}

part wait_behind_a_descriptor(quoit::delivery how) {
  return [how](channel const& ch, ledger& l) {
    for (auto const where : {start::next, start::oldest}) {
      auto sub = ch.subscriber({.start = where, .delivery = how, .label = "victim"});
      for (int count = 0; count < 12;) {
        pollfd p{sub.event_fd(), POLLIN, 0};
        support::require(sub.arm() == status::ok, "arm");
        support::require(::poll(&p, 1, 60'000) == 1, "an event");
        count += drain(sub);
      }
      if (how == reliable) hold_up(l);
    }
  };
}

/// So that those who wait for it sleep, also where everything takes ten times as long as it should.
part publish_with_pauses(std::uint32_t who) {
  return [who](channel const& ch, ledger& l) {
    source s(ch, l, who, "other");
    for (std::uint64_t i = 0; !l.stop; ++i) {
      s.message();
      if (i % 4 == 3) std::this_thread::sleep_for(3ms);
    }
  };
}

/// What it is shown is whole and was committed, and each source's in order.
void look_on(channel const&, ledger& l) {
  auto const o = observer::open("x");
  std::array<std::uint32_t, ledger::sources> last{};
  std::uint64_t from = 0;
  for (std::uint64_t shown = 0; shown < 60 || l.seen < 60;) {
    auto const r = o.read(from, [&](observed_record const& m) {
      support::require(is_whole(m.bytes), "whole");
      auto const h = head_of(m.bytes);
      support::require(h.who < ledger::sources && h.nth <= l.begun[h.who], "nothing that was not committed");
      support::require(h.nth > last[h.who], "in order");
      last[h.who] = h.nth;
      ++shown;
    });
    support::require(r.status == status::ok || r.status == status::timeout, to_string(r.status));
    if (r.status == status::ok) from = r.next;
    auto const s = o.sample();
    support::require(s.status == status::ok || s.status == status::timeout, to_string(s.status));
    for (auto const& p : s.participants) {
      support::require(p.label.empty() || p.label == "witness" || p.label == "other", "a participant: " + p.label);
    }
  }
}

}  // namespace

std::vector<scene> watcher_scenes() {
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
  std::vector<part> const one{publish_on(0, {}, whole_play)};
  std::vector<part> const two{publish_on(0), publish_on(2, {}, whole_play)};
  std::vector<part> const one_pausing{publish_with_pauses(0)};
  std::vector<part> const two_pausing{publish_with_pauses(0), publish_with_pauses(2)};
  add("a reliable subscriber in a set", 1, wait_in_a_set(reliable), one_pausing, always);  // its other member is live
  add("a lossy subscriber in a set", 2, wait_in_a_set(lossy), two_pausing, never);
  add("a reliable subscriber behind a descriptor", 2, wait_behind_a_descriptor(reliable), two_pausing, is_live);
  add("a lossy subscriber behind a descriptor", 1, wait_behind_a_descriptor(lossy), one_pausing, never);
  add("an onlooker at one publisher", 1, look_on, one, never);
  add("an onlooker at two publishers", 2, look_on, two, never);
  return all;
}

}  // namespace sweep

BOOST_AUTO_TEST_SUITE(watchers_test)

BOOST_AUTO_TEST_CASE(who_waits_for_many_things_or_only_looks_does_nobody_harm) {
  sweep::sweep(sweep::watcher_scenes());
}

BOOST_AUTO_TEST_SUITE_END()
