// SPDX-License-Identifier: BSL-1.0
// Publishers that are killed, and stopped, at each step: the only one, one of several, one who cleans up after another.
#include <thread>

#include <boost/test/unit_test.hpp>

#include "holding_up.hpp"
#include "parts.hpp"
#include "scenes.hpp"

using namespace quoit;

namespace sweep {

namespace {

channel_options rules(std::uint32_t publishers, std::uint64_t records, quoit::barrier b) {
  return {.capacity = 4096, .records = records, .publishers = publishers, .slots = 4, .barrier = b};
}

void two_lives(channel const& ch, ledger& l) {
  for (int life = 0; life < 2; ++life) {
    source s(ch, l, 1);
    for (int i = 0; i < 12; ++i) s.message();
    s.discarded();
    s.offered();
    s.message();
  }
}

void batches(channel const& ch, ledger& l) {
  source s(ch, l, 1);
  for (int i = 0; i < 6; ++i) {
    s.many(4);
    s.half_a_batch(4);
    s.message();
  }
}

/// Has a place as a publisher, with an open reservation, and one as a subscriber.
void die_with_all(channel const& ch, ledger& l) {
  ++l.abandoned;
  static source s(ch, l, 2);
  static auto const sub = ch.subscriber();
  s.message();
  static auto const open = s.role().reserve(50);
}

void clean_up(channel const& ch, ledger& l) {
  ch.subscriber();
  ch.participants();
  source s(ch, l, 1);
  for (int i = 0; i < 20; ++i) s.message();
}

/// As a subscriber it is alive for a moment.
bool has_a_claim_or_reads(std::string const& step) {
  return has_a_claim(step) || step == "place_live" || step == "join_looked_again";
}

part when_it_is_hit(part p) {
  return [p](channel const& ch, ledger& l) {
    while (!l.go) std::this_thread::sleep_for(200us);
    p(ch, l);
  };
}

}  // namespace

std::vector<scene> publisher_scenes() {
  std::vector<scene> all;
  auto const add = [&](char const* name, channel_options const& r, part before, part act, std::vector<part> others,
                       bool (*holds_up)(std::string const&)) {
    all.push_back(in_ring({name, r, std::move(before), std::move(act), std::move(others), holds_up, witness_messages,
                           two_laps_of_messages}));
  };
  auto const next = when_it_is_hit(publish_on(0));
  add("the only publisher", rules(1, 16, barrier::asymmetric), {}, two_lives, {next}, always);
  add("the only publisher, which fences", rules(1, 8, barrier::fence), {}, two_lives, {next}, always);
  add("the only publisher, with batches", rules(1, 16, barrier::asymmetric), {}, batches, {next}, always);
  add("one of two publishers", rules(2, 16, barrier::asymmetric), {}, two_lives, {publish_on(0)}, has_a_claim);
  add("one of two publishers, which fence", rules(2, 8, barrier::fence), {}, two_lives, {publish_on(0)}, has_a_claim);
  add("one of three publishers, with batches", rules(3, 16, barrier::asymmetric), {}, batches,
      {publish_on(0), publish_on(3)}, has_a_claim);
  add("one who cleans up after another", rules(3, 8, barrier::asymmetric), die_with_all, clean_up, {next},
      has_a_claim_or_reads);
  add("the next one, who cleans up after the only one", rules(1, 8, barrier::asymmetric), die_with_all, clean_up,
      {next}, always);
  return all;
}

}  // namespace sweep

BOOST_AUTO_TEST_SUITE(publishers_test)

BOOST_AUTO_TEST_CASE(nothing_that_was_committed_is_lost_and_nothing_else_is_seen) {
  sweep::sweep(sweep::publisher_scenes());
}

BOOST_AUTO_TEST_SUITE_END()
