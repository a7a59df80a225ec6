// SPDX-License-Identifier: BSL-1.0
// Many publishers on one ring: one order, nothing lost, nothing torn, whoever dies or stops.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <unistd.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"
#include "system/step.hpp"
#include "tried.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t most = 8;

/// The first bytes of each message: who, and the how-many-th of his. The rest proves itself.
struct head {
  std::uint32_t who;
  std::uint32_t nth;
};

std::uint64_t number_of(head h) { return std::uint64_t{h.who} << 32U | h.nth; }

void fill(std::span<std::byte> bytes, head h) {
  std::memcpy(bytes.data(), &h, sizeof h);
  support::fill(bytes.subspan(sizeof h), number_of(h));
}

head read_head(message const& m) {
  head h{};
  support::require(m.bytes().size() >= sizeof h, "a message with a head");
  std::memcpy(&h, m.bytes().data(), sizeof h);
  support::require(support::verify(m.bytes().subspan(sizeof h), number_of(h)), "a message that is whole");
  return h;
}

/// What each publisher has certainly committed: written by it after its commit.
struct ledger {
  std::array<std::atomic<std::uint32_t>, 64> committed;
  std::atomic<bool> stop;
};

/// Publishes until told to stop: single messages, discarded ones, and batches.
void publish_much(channel const& ch, std::uint32_t who, ledger& l, std::uint64_t most_bytes) {
  auto pub = ch.publisher({.label = "p" + std::to_string(who)});
  support::random random(who + 1);
  std::uint32_t nth = 0;
  while (!l.stop) {
    auto const kind = random.below(10);
    if (kind == 0) {
      auto room = pub.reserve(sizeof(head) + random.below(most_bytes));
      if (room) std::memset(room.bytes().data(), 0xAB, room.bytes().size());
      continue;  // discarded
    }
    if (kind < 3) {
      auto const count = 1 + random.below(5);
      auto batch = pub.reserve_batch(count, count * 64);
      support::require(static_cast<bool>(batch), "a batch");
      for (std::uint64_t i = 0; i < count; ++i) {
        auto const room = batch.append(sizeof(head) + random.below(56));
        support::require(static_cast<bool>(room), "room in a batch");
        fill(room.bytes, {who, ++nth});
      }
      support::require(static_cast<bool>(batch.commit()), "commit of a batch");
    } else {
      auto room = pub.reserve(sizeof(head) + random.below(most_bytes));
      support::require(static_cast<bool>(room), "room");
      auto const size = sizeof(head) + random.below(room.bytes().size() - sizeof(head) + 1);
      fill(room.bytes().first(size), {who, ++nth});
      support::require(static_cast<bool>(room.commit(size)), "commit");
    }
    l.committed[who] = nth;
  }
}

/// Reads everything: each publisher's messages come in order and without a gap.
class reader {
 public:
  explicit reader(channel const& ch) : sub_(ch.subscriber()) {}

  /// The next one; false if nothing came in time.
  bool step(std::chrono::nanoseconds timeout) {
    auto const m = sub_.receive(timeout);
    if (m.status() == status::timeout) return false;
    if (m.status() == status::died || m.status() == status::closed) {
      ++ends;
      return true;
    }
    support::require(m.status() == status::ok, std::string("received: ") + to_string(m.status()));
    support::require(m.sequence() > last_ || (m.sequence() == last_ && m.index() == index_ + 1), "in order");
    last_ = m.sequence();
    index_ = m.index();
    auto const h = read_head(m);
    support::require(h.nth == next[h.who] + 1, "without a gap: " + std::to_string(h.who) + " sent " +
                                                   std::to_string(h.nth) + " after " + std::to_string(next[h.who]));
    next[h.who] = h.nth;
    ++count;
    return true;
  }

  std::map<std::uint32_t, std::uint32_t> next;
  std::uint64_t count = 0;
  int ends = 0;

 private:
  subscriber sub_;
  std::uint64_t last_ = 0;
  std::uint32_t index_ = 0;
};

channel_options rules(std::uint64_t capacity, std::optional<std::uint64_t> records = {}) {
  return {.capacity = capacity, .records = records, .publishers = most};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(many_publishers_test)

BOOST_AUTO_TEST_CASE(all_that_several_processes_publish_arrives_once_in_order_and_whole) {
  for (auto const& [capacity, records] : {std::pair{4_KiB, 8}, {16_KiB, 64}, {1_MiB, 8192}}) {
    support::scratch_registry const scratch;
    auto const ch = channel::create("x", rules(capacity, records));
    support::shared_cell<ledger> l;
    reader r(ch);
    std::vector<support::child> all;
    for (std::uint32_t p = 0; p < 4; ++p) {
      all.emplace_back([&, p] {
        publish_much(channel::open("x"), p, *l, 700);
        return 0;
      });
    }
    while (r.count < 60'000U / support::slower) BOOST_REQUIRE(r.step(10s));
    l->stop = true;
    while (r.ends < 4) BOOST_REQUIRE(r.step(10s));
    for (auto& c : all) BOOST_TEST(c.wait() == 0);
    BOOST_TEST(!r.step(0s));
    for (std::uint32_t p = 0; p < 4; ++p) BOOST_TEST(r.next[p] == l->committed[p].load());
  }
}

BOOST_AUTO_TEST_CASE(publishers_that_are_killed_at_random_lose_nothing_that_they_had_committed) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", rules(16_KiB, 64));
  support::shared_cell<ledger> l;
  reader r(ch);
  support::random random(7);
  std::vector<support::child> all;
  std::uint32_t born = 0;
  auto const bear = [&] {
    all.emplace_back([&, who = born] {
      publish_much(channel::open("x"), who, *l, 700);
      return 0;
    });
    ++born;
  };
  for (int i = 0; i < 4; ++i) bear();
  for (int round = 0; round < 50 / support::slower; ++round) {
    for (auto const until = r.count + random.below(2000 / support::slower); r.count < until;)
      BOOST_REQUIRE(r.step(10s));
    auto const victim = random.below(all.size());
    all[victim].kill();
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(victim));
    bear();
  }
  l->stop = true;
  for (auto const& c : all) {
    while (!c.has_ended()) r.step(1ms);
  }
  while (r.step(0s)) {
  }
  BOOST_TEST(r.ends <= static_cast<int>(born));  // some were killed before they had joined
  BOOST_TEST(r.ends >= 4);
  for (std::uint32_t p = 0; p < born; ++p) {
    // One that was killed between its commit and its ledger may have one message, or batch, more.
    BOOST_TEST(r.next[p] >= l->committed[p].load());
    BOOST_TEST(r.next[p] <= l->committed[p].load() + 5);
  }
  BOOST_TEST(ch.participants().size() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_is_stopped_holds_up_delivery_but_not_the_others_publishing) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", rules(64_KiB, 64));
  support::gate claimed;
  auto sub = ch.subscriber();
  support::child slow([&] {
    auto pub = channel::open("x").publisher();
    auto room = pub.reserve(16);
    claimed.open();
    ::raise(SIGSTOP);
    std::memcpy(room.bytes().data(), "slow", 4);
    room.commit(4);
    return 0;
  });
  claimed.pass();
  slow.wait_until_stopped();
  auto pub = ch.publisher();
  int published = 0;
  while (pub.publish(support::bytes_of("quick"), 0, 0s)) ++published;
  BOOST_TEST(published == 63 - 1);  // D - 1 records at once, one of them the slow one's
  BOOST_TEST(pub.publish(support::bytes_of("x"), 0, 10ms).status == status::timeout);
  BOOST_TEST(pub.try_reserve(10).status() == status::full);
  BOOST_TEST(sub.receive(300ms).status() == status::timeout);  // alive, so nobody resolves it
  slow.go_on();
  BOOST_TEST(support::text_of(sub.receive(10s).bytes()) == "slow");
  for (int i = 0; i < published; ++i) {
    auto const m = sub.receive(10s);
    if (m.status() == status::closed) continue;
    BOOST_REQUIRE(support::text_of(m.bytes()) == "quick");
  }
  BOOST_TEST(slow.wait() == 0);
}

BOOST_AUTO_TEST_CASE(who_published_is_visible_in_each_message) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", rules(64_KiB));
  auto sub = ch.subscriber();
  auto a = ch.publisher({.label = "anna"});
  auto b = ch.publisher({.label = "ben"});
  auto held = a.reserve(10);
  b.publish(support::bytes_of("from b"));
  BOOST_TEST(sub.try_receive().status() == status::timeout);  // behind a's reservation
  std::memcpy(held.bytes().data(), "from a", 6);
  held.commit(6);
  for (auto const* const expected : {"from a", "from b"}) {
    auto const m = sub.receive();
    BOOST_TEST(support::text_of(m.bytes()) == expected);
    BOOST_TEST(sub.label_of(m.publisher()) == (expected[5] == 'a' ? "anna" : "ben"));
  }
  b.publish(support::bytes_of("last"));
  auto const m = sub.receive();
  b.close();
  BOOST_TEST(m.publisher().slot == 1U);
  BOOST_TEST(sub.label_of(m.publisher()) == "");
}

BOOST_AUTO_TEST_CASE(a_commit_that_lets_the_floor_go_on_wakes_who_waits_for_room) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = 2});
  auto slow = ch.publisher();
  auto held = slow.reserve(10);
  auto pub = ch.publisher({.label = "waits"});
  while (pub.publish(support::bytes_of("x"), 0, 0s)) {
  }
  std::thread waits(
      [&] { BOOST_TEST(pub.publish(support::bytes_of("x"), 0, 10s, waiting::sleep).status == status::ok); });
  auto const is_asleep = [&] { return ch.participants()[1].sleeps > 0; };
  while (!is_asleep()) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(10ms);
  held.commit();
  waits.join();
  BOOST_TEST(ch.participants()[1].overslept == 0U);
}

BOOST_AUTO_TEST_CASE(there_are_as_many_as_the_rule_says) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.publishers = 3});
  BOOST_TEST(ch.info().publishers == 3U);
  std::vector<publisher> all;
  for (int i = 0; i < 3; ++i) all.push_back(ch.publisher());
  support::expect_error(
      errc::publisher_taken, [&] { ch.publisher(); }, "fewer than 3");
  all.pop_back();
  BOOST_CHECK_NO_THROW(ch.publisher());
  support::expect_error(
      errc::bad_options, [] { channel::create("y", {.kind = kind::stream, .publishers = 2}); },
      "one publisher of a stream");
  support::expect_error(errc::bad_options, [] { channel::create("y", {.publishers = 0}); });
  support::expect_error(
      errc::bad_options, [] { channel::create("y", {.publishers = 1000, .slots = 1000}); }, "1023");
  support::expect_error(
      errc::mismatch, [] { channel::open("x", {.publishers = 2}); }, "publishers 3");
}

#ifdef QUOIT_STEPS
namespace {

/// Reads while the others come to their ends, as each of them may be waiting for room.
int read_until_ended(reader& r, support::child& c) {
  while (!c.has_ended()) r.step(1ms);
  return c.wait();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_kill_at_each_step_leaves_the_others_working) {
  static std::string fatal;
  static int passes;
  int cases = 0;
  for (char const* const step : {"claim_requested", "claimed", "help_looked_again", "claim_helped", "commit_prefixed",
                                 "commit_stamped", "commit_described", "commit_signalled", "claim_discarded",
                                 "floor_moved", "limit_taken", "end_named", "end_placed", "end_counted",
                                 "publisher_finished", "place_claimed", "place_locked", "place_joined", "place_live"}) {
    for (int const pass : {1, 2, 3, 7}) {
      BOOST_TEST_CONTEXT(step << ", pass " << pass) {
        support::scratch_registry const scratch;
        auto const ch = channel::create("x", rules(4_KiB, 8));
        support::shared_cell<ledger> l;
        reader r(ch);
        support::child other([&] {
          publish_much(channel::open("x"), 0, *l, 300);
          return 0;
        });
        support::child killed([&] {
          auto const own = channel::open("x");
          fatal = step;
          passes = pass;
          sys::on_step = [](char const* name) noexcept {
            if (fatal == name && --passes == 0) ::raise(SIGKILL);
          };
          for (int life = 0; life < 8; ++life) {
            auto pub = own.publisher();
            for (int i = 0; i < 3; ++i) {
              auto room = pub.reserve(sizeof(head) + 10);
              if (i == 1) continue;
              fill(room.bytes(), {1, ++l->committed[1]});
              room.commit();
            }
          }
          return 0;
        });
        read_until_ended(r, killed);
        auto const until = r.count + 200;  // many laps
        // What was counted in the ledger but not committed must not come; what was committed must.
        while (r.count < until) BOOST_REQUIRE(r.step(10s));
        l->stop = true;
        BOOST_TEST(read_until_ended(r, other) == 0);
        ch.participants();  // which cleans up after the dead
        while (r.step(0s)) {
        }
        BOOST_TEST(r.next[0] == l->committed[0].load());
        BOOST_TEST(r.next[1] + 1 >= l->committed[1].load());
        for (std::uint32_t i = 0; i < most; ++i) BOOST_CHECK_NO_THROW(ch.publisher());
        BOOST_TEST(ch.participants().size() == 1U);
        ++cases;
      }
    }
  }
  QUOIT_TRIED(cases << " cases");
}
#endif

BOOST_AUTO_TEST_SUITE_END()
