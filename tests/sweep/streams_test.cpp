// SPDX-License-Identifier: BSL-1.0
// The writer and the readers of a stream that are killed, and stopped, at each step.
#include <thread>

#include <boost/test/unit_test.hpp>

#include "holding_up.hpp"
#include "ring_scene.hpp"
#include "scenes.hpp"
#include "stream_bytes.hpp"

using namespace quoit;

namespace sweep {

namespace {

constexpr std::uint64_t two_laps_of_bytes = 9000;

channel_options rules(quoit::barrier b) { return {.capacity = 4096, .kind = kind::stream, .slots = 4, .barrier = b}; }

/// The place may be another one's for a while, and the readers may have to read on first.
stream_writer join(channel const& ch) {
  for (;;) {
    try {
      return ch.stream_writer({.label = "writer"});
    } catch (error const& e) {
      support::require(e.code() == errc::publisher_taken || e.code() == errc::busy, e.what());
      std::this_thread::sleep_for(1ms);
    }
  }
}

/// One life of a writer. All writers are one source: there is one at a time.
void write(channel const& ch, ledger& l, std::uint64_t bytes) {
  auto w = join(ch);
  ++l.lives;
  // Where the last one has left it: what it has committed, and perhaps one piece more.
  auto at = w.position();
  support::require(at == l.committed[0] || at == l.begun[0], "half a commit");
  l.committed[0] = at;
  for (auto const start = at; at - start < bytes && !l.stop;) {
    auto const size = 1 + support::mix(at) % 700;
    auto const room = w.prepare(size, long_enough, waiting::sleep);
    support::require(room.status == status::ok, std::string("room: ") + to_string(room.status));
    support::fill_from(at, room.bytes);
    l.begun[0] = at + size;
    auto const done = w.commit(size);
    support::require(done && done.position == at + size, "commit");
    l.committed[0] = at = done.position;
  }
}

void write_two_lives(channel const& ch, ledger& l) {
  for (int life = 0; life < 2; ++life) write(ch, l, 6000);
}

void write_on(channel const& ch, ledger& l) {
  while (!l.stop) write(ch, l, 3000);
}

void write_one_long_life(channel const& ch, ledger& l) { write(ch, l, ~std::uint64_t{0}); }

void write_when_it_is_hit(channel const& ch, ledger& l) {
  while (!l.go) std::this_thread::sleep_for(200us);
  write_on(ch, l);
}

void witness(channel const& ch, ledger& l) {
  auto r = ch.stream_reader({.label = "witness"});
  l.ready = true;
  for (;;) {
    auto const v = r.data(1, forever, waiting::sleep);
    if (v.status == status::closed || v.status == status::died) {
      ++l.ends;
      l.deaths += v.status == status::died;
      continue;
    }
    if (v.status == status::retired) return;
    support::require(v.status == status::ok, std::string("witness: ") + to_string(v.status));
    support::require(support::is_from(l.got[0], v.bytes), "the right bytes");
    support::require(l.got[0] + v.bytes.size() <= l.begun[0], "nothing that was not committed");
    l.got[0] += v.bytes.size();
    l.seen += v.bytes.size();
    support::require(r.consume(v.bytes.size()) == status::ok, "consume");
  }
}

void read_reliably(channel const& ch, ledger& l) {
  for (auto const where : {start::next, start::oldest, start::next}) {
    auto r = ch.stream_reader({.start = where, .label = "victim"});
    for (int i = 0; i < 8;) {
      auto const v = r.data(1, long_enough, waiting::sleep);
      if (v.status == status::closed || v.status == status::died) continue;
      support::require(v.status == status::ok, std::string("reader: ") + to_string(v.status));
      support::require(support::is_from(r.position(), v.bytes), "the right bytes");
      r.consume((v.bytes.size() + 1) / 2);
      ++i;
    }
    hold_up(l);
  }
}

void read_lossily(channel const& ch, ledger& l) {
  std::vector<std::byte> copy(300);
  for (auto const where : {start::next, start::oldest}) {
    auto r = ch.stream_reader({.start = where, .delivery = lossy, .label = "victim"});
    for (int losses = 0, copies = 0; losses < 2 || copies < 4;) {
      auto const position = r.position();
      auto const t = r.read(copy, long_enough, waiting::sleep);
      if (t.status == status::lost) {
        ++losses;
      } else if (t.status == status::ok) {
        ++copies;
        support::require(support::is_from(position, std::span(copy).first(t.count)), "the right bytes");
      } else {
        support::require(t.status == status::closed || t.status == status::died, to_string(t.status));
      }
      for (auto const until = l.seen + 6000; losses < 2 && copies >= 2 && l.seen < until;)
        std::this_thread::sleep_for(100us);
    }
  }
}

/// What it is shown was written there.
void look_on(channel const&, ledger& l) {
  auto const o = observer::open("x");
  std::vector<std::byte> copy;
  for (auto const until = l.seen + two_laps_of_bytes; l.seen < until;) {
    auto const from = o.copy_last(4096, copy);
    support::require(support::is_from(from, copy), "the right bytes");
  }
}

}  // namespace

std::vector<scene> stream_scenes() {
  std::vector<scene> all;
  auto const add = [&](char const* name, quoit::barrier b, part act, part other, bool (*holds_up)(std::string const&)) {
    all.push_back(
        in_ring({name, rules(b), {}, std::move(act), {std::move(other)}, holds_up, witness, two_laps_of_bytes}));
  };
  add("the writer of a stream", barrier::asymmetric, write_two_lives, write_when_it_is_hit, always);
  add("the writer of a stream, which fences", barrier::fence, write_two_lives, write_when_it_is_hit, always);
  add("a reader of a stream", barrier::asymmetric, read_reliably, write_on, is_live);
  add("a reader of a stream, which fences", barrier::fence, read_reliably, write_one_long_life, is_live);
  add("a lossy reader of a stream", barrier::asymmetric, read_lossily, write_on, never);
  add("an onlooker at a stream", barrier::asymmetric, look_on, write_on, never);
  return all;
}

}  // namespace sweep

BOOST_AUTO_TEST_SUITE(streams_test)

BOOST_AUTO_TEST_CASE(every_byte_comes_once_and_none_that_was_not_committed) { sweep::sweep(sweep::stream_scenes()); }

BOOST_AUTO_TEST_SUITE_END()
