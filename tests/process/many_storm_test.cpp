// SPDX-License-Identifier: BSL-1.0
// A storm: publishers that commit, discard, batch, close and come back, reliable and lossy subscribers that join,
// rewind, leave and are evicted, all in processes of their own, which are killed, stopped and let go on at random.
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"
#include "tried.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr auto long_enough = 30s;  // that somebody waits in vain, and not for his turn on a busy machine
constexpr std::uint32_t most_lives = 100'000;

/// How far each life of a publisher has come.
struct ledger {
  std::array<std::atomic<std::uint32_t>, most_lives> begun;      // before the commit
  std::array<std::atomic<std::uint32_t>, most_lives> committed;  // after it
  std::atomic<std::uint32_t> lives;
  std::atomic<bool> stop;
};

struct head {
  std::uint32_t who;
  std::uint32_t nth;
};

std::uint64_t number_of(head h) { return std::uint64_t{h.who} << 32U | h.nth; }

void fill(std::span<std::byte> bytes, head h) {
  std::memcpy(bytes.data(), &h, sizeof h);
  support::fill(bytes.subspan(sizeof h), number_of(h));
}

/// What it says, if it is whole as it is.
std::optional<head> read_head(std::span<std::byte const> bytes) {
  head h{};
  if (bytes.size() < sizeof h) return {};
  std::memcpy(&h, bytes.data(), sizeof h);
  return support::verify(bytes.subspan(sizeof h), number_of(h)) ? std::optional(h) : std::nullopt;
}

/// One life: until told to stop, or tired of it.
void publish(channel const& ch, ledger& l, support::random& random, std::uint64_t most_bytes) {
  auto const who = l.lives++;
  support::require(who < most_lives, "fewer lives");
  auto pub = ch.publisher({.label = "life " + std::to_string(who)});
  std::uint32_t nth = 0;
  auto const commit = [&](auto& room, auto... size) {
    l.begun[who] = nth;
    support::require(room.commit(size...).status == status::ok, "commit");
    l.committed[who] = nth;
  };
  for (auto messages = random.below(3000); messages > 0 && !l.stop; --messages) {
    auto const kind = random.below(20);
    if (kind < 3) {
      auto room = pub.reserve(random.below(most_bytes), long_enough);
      support::require(room.status() == status::ok, std::string("room to discard: ") + to_string(room.status()));
      std::memset(room.bytes().data(), 0xAB, room.bytes().size());
    } else if (kind < 6) {
      auto const count = 1 + random.below(5);
      auto batch = pub.reserve_batch(count, count * 64, long_enough);
      support::require(batch.status() == status::ok, std::string("a batch: ") + to_string(batch.status()));
      auto const before = nth;
      for (auto i = random.below(count + 1); i > 0; --i) {
        auto const room = batch.append(sizeof(head) + random.below(56));
        support::require(static_cast<bool>(room), "room in a batch");
        fill(room.bytes, {who, ++nth});
      }
      if (random.below(4) == 0) {
        nth = before;  // all of it is discarded
      } else {
        commit(batch);
      }
    } else if (kind < 7) {
      for (auto const& s : pub.subscribers()) {
        if (s.label == "victim") pub.evict(s);
      }
    } else {
      auto room = pub.reserve(sizeof(head) + random.below(most_bytes - sizeof(head)), long_enough);
      support::require(room.status() == status::ok, std::string("room: ") + to_string(room.status()));
      auto const size = sizeof(head) + random.below(room.bytes().size() - sizeof(head) + 1);
      fill(room.bytes().first(size), {who, ++nth});
      commit(room, size);
    }
  }
}

/// Follows what one subscriber gets.
class course {
 public:
  course(ledger const& l, bool all) : ledger_(&l), has_all_(all) {}

  /// A message that is whole.
  void take(std::uint64_t sequence, std::uint32_t index, head h) {
    support::require(sequence > last_ || (sequence == last_ && index == index_ + 1),
                     "in order: " + std::to_string(sequence) + "." + std::to_string(index) + " after " +
                         std::to_string(last_) + "." + std::to_string(index_));
    support::require(sequence == last_ || last_ == 0 || index == 0, "from its beginning");
    last_ = sequence;
    index_ = index;
    support::require(h.nth <= ledger_->begun[h.who], "nothing that was not committed");
    auto const before = next.find(h.who);
    // The first one of a life, unless we came in the middle.
    if (before == next.end() ? has_all_ && !gaps_.contains(h.who) : !gaps_.contains(h.who)) {
      auto const expected = before == next.end() ? 1 : before->second + 1;
      support::require(h.nth == expected, "without a gap: " + std::to_string(h.who) + " said " + std::to_string(h.nth) +
                                              " instead of " + std::to_string(expected));
    } else if (before != next.end()) {
      support::require(h.nth > before->second, "once");
    }
    gaps_.erase(h.who);
    next[h.who] = h.nth;
  }

  /// Anything may have been missed.
  void lose(loss const& l) {
    // Of a batch that was begun the rest may be lost.
    support::require(l.first > last_ || l.first == last_, "a loss behind what was read");
    support::require(l.last >= l.first, "a loss of something");
    support::require(l.bytes < 1_GiB, "a loss of bytes");
    for (auto const& [who, nth] : next) gaps_.insert(who);
    has_all_ = false;
    if (l.last > last_) last_ = l.last, index_ = 0;
  }

  /// It begins anew.
  void restart() {
    last_ = 0;
    index_ = 0;
    next.clear();
    gaps_.clear();
    has_all_ = false;
  }

  std::map<std::uint32_t, std::uint32_t> next;

 private:
  ledger const* ledger_;
  bool has_all_;
  std::uint64_t last_ = 0;
  std::uint32_t index_ = 0;
  std::set<std::uint32_t> gaps_;
};

bool is_end(status s) { return s == status::closed || s == status::died; }

head whole(message const& m) {
  auto const h = read_head(m.bytes());
  support::require(h.has_value(), "a message that is whole");
  return *h;
}

/// One subscription of a reliable one.
void read_reliably(channel const& ch, ledger& l, support::random& random) {
  course c(l, false);
  bool const victim = random.below(3) == 0;
  auto sub = ch.subscriber({.start = random.below(2) == 0 ? start_point(next) : start_point(oldest),
                            .label = victim ? "victim" : "reliable"});
  for (auto messages = random.below(5000); messages > 0 && !l.stop; --messages) {
    if (random.below(300) == 0) {
      auto const where = random.below(3);
      try {
        sub.rewind(where == 0   ? start_point(oldest)
                   : where == 1 ? start_point(latest)
                                : from_sequence(random.below(4000)));
        c.restart();
      } catch (error const& e) {
        if (victim && e.code() == errc::detached) return;
        support::require(e.code() == errc::not_held, std::string("rewind: ") + e.what());
        // What it was about to read may have been given up.
        c.restart();
      }
    }
    if (random.below(100) == 0) {
      std::vector<message> held;
      for (auto n = random.below(4); n > 0; --n) {
        auto m = sub.try_receive();
        if (m) held.push_back(std::move(m));
      }
      for (auto const& m : held) {
        auto const h = read_head(m.bytes());
        if (victim && !m.whole()) return;
        support::require(h.has_value(), "views that are whole");
        c.take(m.sequence(), m.index(), *h);
      }
    }
    auto const m = sub.receive(5ms);
    if (m.status() == status::timeout || is_end(m.status())) continue;
    if (victim && m.status() == status::evicted) return;
    support::require(m.status() == status::ok, std::string("reliable: ") + to_string(m.status()));
    auto const h = read_head(m.bytes());
    if (victim && !m.whole()) return;
    support::require(h.has_value(), "a message that is whole");
    c.take(m.sequence(), m.index(), *h);
  }
}

/// One subscription of a lossy one.
void read_lossily(channel const& ch, ledger& l, support::random& random) {
  course c(l, false);
  bool const newest = random.below(3) == 0;
  auto sub = ch.subscriber({.start = random.below(2) == 0 ? start_point(next) : start_point(oldest),
                            .delivery = lossy,
                            .conflate = newest,
                            .label = "lossy"});
  std::vector<std::byte> copy(4096);
  for (auto messages = random.below(20'000); messages > 0 && !l.stop; --messages) {
    if (random.below(1000) == 0) {
      sub.rewind(random.below(2) == 0 ? oldest : latest);
      c.restart();
    }
    if (newest) c.restart();  // what it passes over is not told
    if (random.below(2) == 0) {
      auto const r = sub.receive_into(copy, 5ms);
      if (r.status == status::timeout || is_end(r.status)) continue;
      if (r.status == status::lost) {
        c.lose(sub.last_loss());
        continue;
      }
      support::require(r.status == status::ok, std::string("lossy: ") + to_string(r.status));
      auto const h = read_head(std::span(copy).first(r.size));
      support::require(h.has_value(), "a copy that is whole");
      c.take(r.sequence, r.index, *h);
    } else {
      auto const m = sub.receive(5ms);
      if (m.status() == status::timeout || is_end(m.status())) continue;
      if (m.status() == status::lost) {
        c.lose(sub.last_loss());
        continue;
      }
      support::require(m.status() == status::ok, std::string("lossy: ") + to_string(m.status()));
      auto const h = read_head(m.bytes());
      if (!m.whole()) {
        c.restart();  // written over while we read
        continue;
      }
      support::require(h.has_value(), "a view that says that it is whole");
      c.take(m.sequence(), m.index(), *h);
    }
  }
}

/// The one who reads everything, and is never killed.
class witness {
 public:
  witness(channel const& ch, ledger const& l) : course_(l, true), sub_(ch.subscriber({.label = "witness"})) {}

  /// False if nothing came in time.
  bool step(std::chrono::nanoseconds timeout) {
    auto const m = sub_.receive(timeout);
    if (m.status() == status::timeout) return false;
    if (is_end(m.status())) return true;
    support::require(m.status() == status::ok, std::string("witness: ") + to_string(m.status()));
    course_.take(m.sequence(), m.index(), whole(m));
    ++count;
    return true;
  }

  std::uint32_t next(std::uint32_t who) const {
    auto const found = course_.next.find(who);
    return found == course_.next.end() ? 0 : found->second;
  }
  std::uint64_t count = 0;

 private:
  course course_;
  subscriber sub_;
};

std::uint64_t from_environment(char const* name, std::uint64_t usual) {
  auto const* const text = std::getenv(name);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

struct weather {
  std::uint32_t publishers;
  std::uint64_t capacity;
  std::uint64_t records;
  quoit::barrier barrier;
};

void storm(weather const& w, std::uint64_t seed, std::chrono::nanoseconds time) {
  BOOST_TEST_MESSAGE("seed " << seed << ", " << w.publishers << " publishers, " << w.capacity << " bytes, " << w.records
                             << " records");
  support::scratch_registry const scratch;
  auto const ch = channel::create(
      "x",
      {.capacity = w.capacity, .records = w.records, .publishers = w.publishers, .slots = 16, .barrier = w.barrier});
  support::shared_cell<ledger> l;
  witness all(ch, *l);
  support::random random(seed);
  auto const most_bytes = std::min<std::uint64_t>(w.capacity / 5, 3000);
  constexpr std::size_t readers = 4;
  std::vector<support::child> children;
  std::vector<bool> stopped;
  auto const bear = [&](std::size_t i) {
    return support::child([&, i, own_seed = random()] {
      auto const own = channel::open("x");
      support::random mine(own_seed);
      while (!l->stop) {
        try {
          if (i >= readers) {
            publish(own, *l, mine, most_bytes);
          } else {
            i % 2 == 0 ? read_reliably(own, *l, mine) : read_lossily(own, *l, mine);
          }
        } catch (error const& e) {
          // Places of the dead, and of those who were evicted and do not know it yet, may be taken for a moment.
          support::require(e.code() == errc::no_slot || e.code() == errc::publisher_taken, e.what());
        }
      }
      return 0;
    });
  };
  for (std::size_t i = 0; i < readers + w.publishers; ++i) children.push_back(bear(i));
  stopped.resize(children.size());
  auto const end = std::chrono::steady_clock::now() + time;
  auto next_blow = std::chrono::steady_clock::now();
  int kills = 0;
  while (std::chrono::steady_clock::now() < end) {
    all.step(1ms);
    if (std::chrono::steady_clock::now() < next_blow) continue;
    next_blow += std::chrono::microseconds(random.below(20'000));
    auto const i = random.below(children.size());
    if (children[i].has_ended()) BOOST_FAIL("child " << i << " ended with " << children[i].wait());
    if (stopped[i]) {
      children[i].go_on();
      stopped[i] = false;
    } else if (random.below(2) == 0) {
      children[i].stop();
      stopped[i] = true;
    } else {
      children[i].kill();
      ++kills;
      children[i] = bear(i);
    }
  }
  l->stop = true;
  for (auto& c : children) c.go_on();
  for (auto& c : children) {
    while (!c.has_ended()) all.step(1ms);
    BOOST_TEST(c.wait() == 0);
  }
  ch.participants();  // which cleans up after the dead
  while (all.step(0s)) {
  }
  BOOST_TEST(ch.participants().size() == 1U);
  for (std::uint32_t who = 0; who < l->lives; ++who) {
    // One who was killed between its commit and its ledger has said more than that.
    if (all.next(who) < l->committed[who] || all.next(who) > l->begun[who]) {
      BOOST_TEST(all.next(who) >= l->committed[who].load());
      BOOST_TEST(all.next(who) <= l->begun[who].load());
    }
  }
  std::vector<publisher> last;
  for (std::uint32_t i = 0; i < w.publishers; ++i) BOOST_CHECK_NO_THROW(last.push_back(ch.publisher()));
  QUOIT_TRIED(all.count << " messages of " << l->lives << " lives, " << kills << " killed");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(many_storm_test)

BOOST_AUTO_TEST_CASE(nothing_is_lost_torn_or_blocked_whoever_dies_or_stops) {
  auto const seed = from_environment("QUOIT_STORM_SEED", 1);
  auto const seconds = from_environment("QUOIT_STORM_SECONDS", 3);
  std::uint64_t round = 0;
  for (auto const& w : {weather{3, 4_KiB, 8, barrier::asymmetric}, weather{3, 64_KiB, 64, barrier::fence},
                        weather{2, 4_KiB, 64, barrier::fence}, weather{1, 4_KiB, 8, barrier::asymmetric}}) {
    storm(w, seed + round++, std::chrono::seconds(seconds));
  }
}

BOOST_AUTO_TEST_SUITE_END()
