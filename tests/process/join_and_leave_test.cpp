// SPDX-License-Identifier: BSL-1.0
// Subscribers join and leave all the time, from several processes, some of them by being killed, under full load.
#include <atomic>
#include <cstring>
#include <span>
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

/// The first bytes are the publisher's own number for it; the rest follows from that.
/// False: the channel is retired, which one who must wait for room is told.
bool publish(publisher& pub, std::uint64_t number, std::size_t size) {
  auto room = pub.reserve(sizeof number + size);
  if (room.status() == status::retired) return false;
  support::require(static_cast<bool>(room), "room");
  std::memcpy(room.bytes().data(), &number, sizeof number);
  support::fill(room.bytes().subspan(sizeof number), number);
  support::require(static_cast<bool>(room.commit()), "commit");
  return true;
}

bool good(std::span<std::byte const> bytes) {
  std::uint64_t number = 0;
  if (bytes.size() < sizeof number) return false;
  std::memcpy(&number, bytes.data(), sizeof number);
  return support::verify(bytes.subspan(sizeof number), number);
}

int join_and_leave(std::atomic<std::uint64_t>& joins, std::uint64_t seed) {
  channel ch;
  try {
    ch = channel::open("x");
  } catch (error const& e) {
    return e.code() == make_error_code(errc::no_such_channel) ? 0 : 1;  // removed already
  }
  support::random random(seed);
  std::vector<std::byte> copy(1000);
  while (!ch.retired()) {
    bool const may_lose = random.below(2) == 0;
    auto sub = ch.subscriber({.start = static_cast<start>(random.below(3)), .delivery = may_lose ? lossy : reliable});
    joins.fetch_add(1);
    std::uint64_t last = 0;
    for (auto n = random.below(40); n > 0; --n) {
      auto const m = sub.receive_into(copy, 10ms);
      if (m.status == status::lost) {
        support::require(may_lose && (last == 0 || sub.last_loss().first == last + 1), "a loss");
        last = sub.last_loss().last;
      }
      if (!m) continue;
      support::require(last == 0 || m.sequence == last + 1, "a gap");
      support::require(good(std::span(copy).first(m.size)), "a damaged message");
      last = m.sequence;
      if (n % 8 == 0) sub.rewind(oldest);
      if (n % 8 == 0) last = 0;
    }
  }
  return 0;
}

/// Publishes beside another one until the name is gone.
int publish_beside(std::uint64_t seed) {
  auto const ch = channel::open("x");
  auto pub = ch.publisher();
  support::random random(seed);
  for (std::uint64_t i = 1; !ch.retired() && publish(pub, seed + i, random.below(300)); ++i) {
  }
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(join_and_leave_test)

BOOST_AUTO_TEST_CASE(nothing_is_lost_and_no_place_leaks) {
  struct {
    std::uint64_t capacity;
    std::uint32_t publishers;
  } const channels[] = {{4_KiB, 1}, {256_KiB, 1}, {4_KiB, 3}, {256_KiB, 3}};
  for (auto const& shape : channels) {
    auto const capacity = shape.capacity;
    auto const publishers = shape.publishers;
    support::scratch_registry const scratch;
    auto const ch = channel::create("x", {.capacity = capacity, .publishers = publishers, .slots = 8});
    auto pub = ch.publisher();
    support::shared_cell<std::atomic<std::uint64_t>> joins;
    support::gate joined;
    support::child steady([&] {  // one that stays from the beginning to the end
      auto sub = channel::open("x").subscriber();
      joined.open();
      std::uint32_t ends = 0;
      for (std::uint64_t next = 1; ends < publishers;) {
        auto const m = sub.receive();
        if (m.status() == status::closed && ++ends > 0) continue;  // and look whether it was the last one
        if (m.status() == status::retired && publishers > 1) break;
        support::require(m.sequence() == next++ && good(m.bytes()), "steady");
      }
      return 0;
    });
    joined.pass();
    support::random random(capacity);
    std::vector<support::child> beside;
    for (std::uint32_t i = 1; i < publishers; ++i) beside.emplace_back([s = random()] { return publish_beside(s); });
    std::vector<support::child> others;
    for (int i = 0; i < 3; ++i) others.emplace_back([&, s = random()] { return join_and_leave(*joins, s); });
    std::uint64_t number = 0;
    for (int round = 0; round < 150 / support::slower || joins->load() <= 100; ++round) {
      for (int i = 0; i < 5000; ++i) publish(pub, ++number, random.below(300));
      auto const victim = random.below(3);
      others[victim].signal(SIGKILL);
      BOOST_REQUIRE(others[victim].wait() == -SIGKILL);
      others[victim] = support::child([&, s = random()] { return join_and_leave(*joins, s); });
    }
    pub.close();
    if (publishers == 1) BOOST_TEST(steady.wait() == 0);
    channel::remove("x");
    for (auto& c : beside) BOOST_TEST(c.wait() == 0);
    if (publishers > 1) BOOST_TEST(steady.wait() == 0);
    for (auto& c : others) BOOST_TEST(c.wait() == 0);
    BOOST_TEST(ch.participants().empty());
    QUOIT_TRIED(publishers << " publishers, capacity " << capacity << ": " << joins->load() << " joins, " << number
                           << " messages of one of them");
  }
}

BOOST_AUTO_TEST_SUITE_END()
