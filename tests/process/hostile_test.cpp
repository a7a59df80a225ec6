// SPDX-License-Identifier: BSL-1.0
// A process that maps a channel writes over each word of the protocol what no working peer would, takes locks on bytes
// that are not its own, and changes the superblock, while others publish, receive and look on. They get errors, wrong
// payload or nothing: they do not crash, each call comes back, and nobody who lives is found dead.
#include <array>
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "hostile_peer.hpp"
#include "quoit/quoit.hpp"
#include "ring/place.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"
#include "system/byte_lock.hpp"
#include "tried.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_workers = 6;

struct state {
  std::array<std::atomic<std::uint64_t>, most_workers> turns;  // of each of those who work
  std::array<std::atomic<std::uint64_t>, most_workers> good;   // of these, those without an error
  std::atomic<std::uint64_t> word, value, stores;              // what is being done to them
  std::atomic<bool> ready, stop;
};

std::uint64_t from_environment(char const* name, std::uint64_t usual) {
  auto const* const text = std::getenv(name);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

/// What each word is made, besides what is near to what is there.
std::vector<std::uint64_t> interesting(std::uint64_t there, support::hostile_peer const& p) {
  constexpr auto most = ~std::uint64_t{0};
  auto const& g = p.shared.geometry();
  std::vector<std::uint64_t> all{0,
                                 1,
                                 7,
                                 8,
                                 15,
                                 16,
                                 17,
                                 g.records,
                                 g.records + 1,
                                 g.capacity - 1,
                                 g.capacity,
                                 g.capacity + 1,
                                 2 * g.capacity,
                                 std::uint64_t{1} << 31U,
                                 std::uint64_t{1} << 32U,
                                 ring::last_sequence,
                                 ring::last_sequence + 1,
                                 most / 2,
                                 most - g.capacity,
                                 most - 1,
                                 most,
                                 there + 1,
                                 there - 1,
                                 there + g.records,
                                 there + g.capacity,
                                 there - g.capacity};
  for (unsigned bit = 0; bit < 64; ++bit) all.push_back(there ^ std::uint64_t{1} << bit);
  return all;
}

std::uint64_t sum_of(std::span<std::byte const> bytes) {
  std::uint64_t sum = 0;
  for (auto const b : bytes) sum += static_cast<std::uint8_t>(b);
  return sum;
}

std::atomic<std::uint64_t> result_of_reading;

void publish(channel const& ch, support::random& random) {
  if (ch.info().kind == kind::stream) {
    auto w = ch.stream_writer({.patience = 50us});
    for (int i = 0; i < 20; ++i) {
      auto const room = w.prepare(random.below(3000), 100us);
      if (room) support::fill(room.bytes, 1), w.commit(random.below(room.bytes.size() + 1));
    }
    return;
  }
  auto pub = ch.publisher({.patience = random.below(2) == 0 ? std::chrono::nanoseconds(forever) : 50us});
  for (int i = 0; i < 20; ++i) {
    if (random.below(3) == 0) {
      auto batch = pub.reserve_batch(3, 120, 100us);
      for (int k = 0; k < 3; ++k) batch.append(random.below(40));
      if (random.below(4) > 0) batch.commit();
    } else {
      auto room = pub.reserve(random.below(2000), 100us);
      if (!room) continue;
      support::fill(room.bytes(), 1);
      if (random.below(4) > 0) room.commit(random.below(room.bytes().size() + 1));
    }
    if (random.below(10) == 0) pub.subscribers();
  }
}

void receive(channel const& ch, support::random& random) {
  bool const is_lossy = random.below(2) == 0;
  auto const how = is_lossy ? delivery::lossy : delivery::reliable;
  std::array<std::byte, 600> copy{};
  if (ch.info().kind == kind::stream) {
    auto r = ch.stream_reader({.start = random.below(2) == 0 ? start::next : start::oldest, .delivery = how});
    for (int i = 0; i < 20; ++i) {
      auto const v = r.data(1 + random.below(100), 100us);
      result_of_reading += sum_of(v.bytes) + r.whole();
      if (v) r.consume(random.below(v.bytes.size() + 1));
      r.read(copy, 100us);
      r.lag();
    }
    return;
  }
  auto const where = std::array{start::next, start::oldest, start::latest}[random.below(3)];
  auto sub = ch.subscriber({.start = where, .delivery = how, .conflate = is_lossy && random.below(2) == 0});
  for (int i = 0; i < 20; ++i) {
    auto const a = sub.receive(100us);
    auto const b = sub.try_receive();
    result_of_reading += sum_of(a.bytes()) + sum_of(b.bytes()) + a.publisher().slot + b.whole();
    sub.receive_into(copy, 100us);
    sub.poll([](message const& m) { result_of_reading += sum_of(m.bytes()); });
    sub.lag();
  }
  sub.rewind(start::oldest);
}

void look_on(channel const& ch, support::random& random) {
  auto const o = observer::from_handles(ch.native_handles());
  o.level();
  o.sample();
  if (ch.info().kind == kind::stream) {
    std::vector<std::byte> into;
    o.copy_last(random.below(6000), into);
  } else {
    o.read(
        0, [](observed_record const& r) { result_of_reading += sum_of(r.bytes); }, 100);
    o.read(
        random(), [](observed_record const&) {}, 100);
  }
  ch.participants();
}

using work = void (*)(channel const&, support::random&);

/// Takes part again and again; errors are what is expected.
int take_part(state& s, std::size_t me, work what, std::uint64_t seed) {
  support::random random(seed);
  channel ch;
  for (; !s.stop;) {
    try {
      if (!ch || random.below(10) == 0) ch = channel::open("x");
      what(ch, random);
      ++s.good[me];
    } catch (error const&) {
      std::this_thread::yield();
    }
    ++s.turns[me];
  }
  return 0;
}

/// A lock on the byte by which some participant lives, or will.
sys::byte_lock take_a_lock(support::hostile_peer const& p, support::random& random) {
  auto const index = static_cast<std::uint32_t>(random.below(p.shared.geometry().slots));
  auto const id = segment::unpack_identity(p.shared.place(index).identity.load());
  auto const file = p.shared.lock_file();
  return sys::byte_lock::try_lock(
      p.shared.lock_fd(), ring::liveness_byte(index, id.generation + static_cast<std::uint32_t>(random.below(3))),
      &file);
}

int scribble(state& s, std::uint64_t seed, std::chrono::nanoseconds time) {
  auto const ch = channel::open("x");
  support::hostile_peer const p(ch);
  auto const words = support::words_of(p);
  support::random random(seed);
  auto const end = std::chrono::steady_clock::now() + time;
  auto const go_on = [&] { return std::chrono::steady_clock::now() < end && !s.stop; };
  auto const store = [&](std::size_t word, std::uint64_t value) {
    s.word = word;
    s.value = value;
    words[word].store(value);
    // Now and then what they do is in good order when it is written over.
    if (++s.stores % 8 != 0) return std::this_thread::sleep_for(20us);
    auto const lock = s.stores % 64 == 0 ? take_a_lock(p, random) : sys::byte_lock();
    std::this_thread::sleep_for(200us);
    support::mend(p);
    std::this_thread::sleep_for(1ms);
  };
  for (std::size_t at = 0; go_on(); at = (at + 1) % words.size()) {
    for (std::size_t i = 0, count = 1; i < count && go_on(); ++i) {
      auto const values = interesting(words[at].load(), p);  // near to what is there by now
      count = values.size();
      store(at, values[i]);
    }
    for (int i = 0; i < 8; ++i) {
      auto const word = random.below(words.size() - 1);  // not the last one
      store(word, support::nasty(random, words[word].load()));
    }
    // The superblock is mapped read-only; but who has the descriptor can write there. Newcomers are to see it.
    std::byte was{};
    auto const where = static_cast<off_t>(random.below(sizeof(segment::superblock)));
    if (::pread(p.shared.lock_fd(), &was, 1, where) != 1) return 1;
    auto const bad = was ^ std::byte{1};
    if (::pwrite(p.shared.lock_fd(), &bad, 1, where) != 1) continue;
    std::this_thread::sleep_for(200us);
    if (::pwrite(p.shared.lock_fd(), &was, 1, where) != 1) return 1;
  }
  return 0;
}

/// Lives through all of it, and does nothing.
int keep_a_place(state& s) {
  auto const ch = channel::open("x");
  auto const sub = ch.info().kind == kind::messages ? ch.subscriber({.label = "keeper"}) : subscriber();
  auto const reader = ch.info().kind == kind::stream ? ch.stream_reader({.label = "keeper"}) : stream_reader();
  s.ready = true;
  while (!s.stop) std::this_thread::sleep_for(1ms);
  return 0;
}

void suffer(channel_options const& rules, std::uint64_t seed, std::chrono::nanoseconds time) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", rules);
  support::hostile_peer const p(ch);
  support::shared_cell<state> s;
  support::child keeper([&] { return keep_a_place(*s); });
  while (!s->ready) std::this_thread::sleep_for(1ms);
  auto const kept = ch.participants().at(0);
  auto const word_of_kept = p.shared.place(kept.slot).identity.load();
  std::vector<support::child> workers;
  for (auto const what : {publish, publish, receive, receive, look_on}) {
    auto const me = workers.size();
    workers.emplace_back([&] { return take_part(*s, me, what, seed + me); });
  }
  support::child scribbler([&] { return scribble(*s, seed, time); });
  std::array<std::uint64_t, most_workers> before{};
  for (int idle = 0; !scribbler.has_ended();) {
    std::this_thread::sleep_for(100ms);
    bool all_move = true;
    for (std::size_t i = 0; i < workers.size(); ++i) {
      if (workers[i].has_ended() || keeper.has_ended()) {
        s->stop = true;
        BOOST_FAIL("worker " << i << " ended with " << workers[i].wait() << ", at "
                             << support::words_of(p)[s->word].name << " = " << s->value);
      }
      all_move = all_move && s->turns[i] > before[i];
    }
    if (all_move) {
      for (std::size_t i = 0; i < workers.size(); ++i) before[i] = s->turns[i];
      idle = 0;
    } else if (++idle > 600) {
      BOOST_FAIL("a call does not come back, at " << support::words_of(p)[s->word].name << " = " << s->value);
    }
  }
  BOOST_TEST(scribbler.wait() == 0);
  // Its words are as they were: it lives, and is not found dead. The others might evict it meanwhile.
  for (auto const& w : workers) w.stop();
  support::mend(p);
  p.shared.place(kept.slot).identity = word_of_kept;
  BOOST_TEST(!ring::is_dead(p.shared, kept.slot, kept.generation));
  bool found = false;
  for (auto const& who : ch.participants())
    found = found || (who.slot == kept.slot && who.generation == kept.generation);
  BOOST_TEST(found);
  for (auto const& w : workers) w.go_on();
  s->stop = true;
  for (auto& w : workers) BOOST_TEST(w.wait() == 0);
  BOOST_TEST(keeper.wait() == 0);
  std::uint64_t turns = 0;
  std::uint64_t good = 0;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    turns += s->turns[i];
    good += s->good[i];
  }
  BOOST_TEST(good > 0U);  // else nobody was there to be harmed
  QUOIT_TRIED(s->stores << " words written over, " << turns << " turns of others, " << good << " without an error");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_test)

BOOST_AUTO_TEST_CASE(whatever_is_written_the_others_get_errors_at_worst) {
  auto const seed = from_environment("QUOIT_HOSTILE_SEED", 1);
  auto const time = std::chrono::seconds(from_environment("QUOIT_HOSTILE_SECONDS", 8));
  BOOST_TEST_MESSAGE("seed " << seed);
  channel_options const one{.capacity = 4096, .records = 8, .slots = 6, .timestamps = true};
  auto many = one;
  many.publishers = 3;
  channel_options const bytes{.capacity = 4096, .kind = kind::stream, .slots = 6};
  for (auto const& rules : {one, many, bytes}) suffer(rules, seed, time);
}

BOOST_AUTO_TEST_SUITE_END()
