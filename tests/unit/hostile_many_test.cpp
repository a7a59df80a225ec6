// SPDX-License-Identifier: BSL-1.0
// Words of a channel of messages as no working peer writes them, while others publish and receive: an error, wrong
// payload or nothing, but never an access outside the mapping, and no call that does not come back.
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include "build_kind.hpp"
#include "expect_error.hpp"
#include "hostile_peer.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "tried.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

using peer = support::hostile_peer;
using support::mend;
using support::nasty;

void scribble(peer const& p, support::random& random) {
  auto const& g = p.shared.geometry();
  auto const change = [&](auto& word) {
    using value = std::remove_reference_t<decltype(word.load())>;
    word.store(static_cast<value>(nasty(random, static_cast<std::uint64_t>(word.load()))));
  };
  auto& w = p.shared.words();
  switch (random.below(8)) {
    case 0: change(w.next.word); break;
    case 1: change(w.floor.word); break;
    case 2: random.below(2) == 0 ? change(w.data.word) : change(w.space.word); break;
    case 3: random.below(20) == 0 ? change(w.places.word) : change(w.ends.word); break;
    case 4: {
      auto& e = w.end_of[random.below(w.end_of.size())];
      random.below(2) == 0 ? change(e.who) : change(e.sequence);
      break;
    }
    case 5: {
      auto& s = p.shared.place(static_cast<std::uint32_t>(random.below(g.slots)));
      auto const which = random.below(10);
      which == 0 ? change(s.identity) : which < 4 ? change(s.request) : change(s.cursor);
      break;
    }
    case 6: {
      auto& d = p.shared.record(random.below(g.records));
      random.below(2) == 0 ? change(d.a) : change(d.b);
      break;
    }
    default: change(*reinterpret_cast<std::atomic<std::uint64_t>*>(p.data->base() + random.below(g.capacity / 8) * 8));
  }
}

std::uint64_t sum_of(std::span<std::byte const> bytes) {
  std::uint64_t sum = 0;
  for (auto const b : bytes) sum += static_cast<std::uint8_t>(b);
  return sum;
}

std::atomic<std::uint64_t> result_of_reading;

void touch(message const& m) {
  result_of_reading += sum_of(m.bytes());
  result_of_reading += m.publisher().slot + (m.whole() ? 1U : 0U);
}

void publish_once(channel const& ch, support::random& random) {
  auto pub = ch.publisher({.patience = random.below(2) == 0 ? std::chrono::nanoseconds(forever) : 50us});
  for (int i = 0; i < 20; ++i) {
    if (random.below(3) == 0) {
      auto batch = pub.reserve_batch(3, 60, 100us);
      for (int k = 0; k < 3; ++k) {
        auto const room = batch.append(random.below(40));
        if (room) support::fill(room.bytes, 1);
      }
      if (random.below(4) > 0) batch.commit();
    } else {
      auto room = pub.reserve(random.below(ch.info().max_payload / 2), 100us);
      if (!room) continue;
      support::fill(room.bytes(), 1);
      if (random.below(4) > 0) room.commit(random.below(room.bytes().size() + 1));
    }
    if (random.below(10) == 0) pub.subscribers();
  }
}

void receive_once(channel const& ch, support::random& random) {
  bool const is_lossy = random.below(2) == 0;
  auto const where = std::array{start_point(next), start_point(oldest), start_point(latest), from_sequence(3),
                                from_time(1ns)}[random.below(5)];
  auto sub = ch.subscriber(
      {.start = where, .delivery = is_lossy ? lossy : reliable, .conflate = is_lossy && random.below(2) == 0});
  std::array<std::byte, 600> copy{};
  if (random.below(3) == 0) {
    sub.event_fd();
    sub.arm();
  }
  for (int i = 0; i < 30; ++i) {
    switch (random.below(8)) {
      case 0: sub.receive_into(copy, 100us); break;
      case 1: sub.poll([](message const& m) { touch(m); }); break;
      case 2: try { sub.rewind(oldest);
        } catch (error const&) {
          return;
        }
        break;
      default: {
        auto const a = sub.receive(100us);
        auto const b = sub.try_receive();
        touch(b);
        touch(a);
      }
    }
    sub.lag();
  }
}

/// Does it again and again until told to stop; errors are what is expected.
std::thread busy(channel const& ch, std::atomic<bool> const& stop, std::uint64_t seed,
                 std::function<void(channel const&, support::random&)> what) {
  return std::thread([&ch, &stop, seed, what] {
    support::random random(seed);
    while (!stop) {
      try {
        what(ch, random);
      } catch (error const&) {
        std::this_thread::yield();
      }
    }
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_many_test)

BOOST_AUTO_TEST_CASE(everything_is_written_over_while_others_work) {
  for (std::uint32_t const publishers : {1U, 3U}) {
    auto const ch = channel::create_anonymous(
        {.capacity = 4096, .records = 8, .publishers = publishers, .slots = 6, .timestamps = true});
    peer const p(ch);
    std::atomic<bool> stop{false};
    std::vector<std::thread> all;
    for (std::uint64_t i = 0; i < 2; ++i) {
      all.push_back(busy(ch, stop, 10 + i, publish_once));
      all.push_back(busy(ch, stop, 20 + i, receive_once));
    }
    support::random random(publishers);
    auto const end = std::chrono::steady_clock::now() + 3s;
    int i = 0;
    for (; std::chrono::steady_clock::now() < end; ++i) {
      scribble(p, random);
      if (i % 300 == 0) mend(p);
      if (i % 20 == 0) std::this_thread::sleep_for(50us);
    }
    stop = true;
    for (auto& t : all) t.join();
    QUOIT_TRIED(publishers << " publishers: " << i << " times something was written over");
  }
}

BOOST_AUTO_TEST_CASE(an_end_that_lies_between_the_places_where_records_can_start) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = 2});
  auto a = ch.publisher();
  auto b = ch.publisher();
  auto const held = a.reserve(10);
  while (auto room = b.try_reserve(10)) room.commit();
  peer const p(ch);
  for (std::uint64_t const position : {3U, 4093U, 17U}) {
    p.shared.record(0).b = position;
    BOOST_TEST(b.try_reserve(10).status() != status::ok);
  }
}

namespace {

/// Lets the publisher in place 0 look dead.
void oust(peer const& p) {
  p.shared.place(0).identity = segment::pack({9, segment::place_role::publisher, segment::place_state::live});
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_only_publisher_whose_place_was_written_over_is_told_where_it_makes_room) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 64});
  auto pub = ch.publisher();
  auto sub = ch.subscriber({.delivery = lossy});
  peer const p(ch);
  oust(p);
  BOOST_TEST(sub.try_receive().status() == status::died);
  auto second = ch.publisher();
  std::array<std::byte, 100> const some{};
  std::size_t published = 0;
  for (; published < 1000; ++published) {
    if (auto const c = pub.publish(some, 0, 0s); c.status != status::ok) {
      BOOST_TEST(c.status == status::corrupt);
      break;
    }
  }
  BOOST_TEST(published < 64U);
  BOOST_TEST(pub.publish({}, 0, 0s).status == status::corrupt);
  BOOST_TEST(pub.try_reserve(0).status() == status::corrupt);
  BOOST_TEST(pub.reserve(0, 10s).status() == status::corrupt);
}

BOOST_AUTO_TEST_CASE(one_of_many_whose_place_was_written_over_is_told_at_once) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = 2});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  auto room = pub.reserve(8);
  peer const p(ch);
  oust(p);
  BOOST_TEST(sub.try_receive().status() == status::timeout);  // for the dead one's end stands behind its claim
  auto second = ch.publisher();
  auto const c = room.commit();
  BOOST_TEST(c.status == status::corrupt);
  BOOST_TEST(c.sequence == 0U);
  BOOST_TEST(pub.try_reserve(8).status() == status::corrupt);
  auto batch = pub.reserve_batch(2, 16, 10s);
  BOOST_TEST(batch.status() == status::corrupt);
  BOOST_TEST(sub.try_receive().status() == status::died);
  BOOST_TEST(sub.try_receive().status() == status::timeout);
  BOOST_TEST(second.publish(std::array<std::byte, 8>{}).status == status::ok);
  BOOST_TEST(sub.try_receive().status() == status::ok);
}

BOOST_AUTO_TEST_CASE(a_publisher_whose_place_is_written_over_while_it_waits_is_told) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = publishers});
    auto pub = ch.publisher();
    auto const sub = ch.subscriber();
    while (pub.offer({}).status == status::ok) continue;
    peer const p(ch);
    std::thread other([&] {
      while (p.shared.place(0).sleeps.load() == 0) std::this_thread::yield();
      oust(p);
    });
    BOOST_TEST(pub.reserve(0).status() == status::corrupt);
    other.join();
  }
}

BOOST_AUTO_TEST_SUITE_END()
