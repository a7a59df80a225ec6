// SPDX-License-Identifier: BSL-1.0
// Words of a stream as no working peer writes them: the other side gets an error, or less than there is, but never
// bytes outside the ring.
#include <limits>
#include <memory>
#include <vector>

#include "expect_error.hpp"
#include "hostile_peer.hpp"
#include "mirror/mirrored.hpp"
#include "payload.hpp"
#include "ring/stream_consumer.hpp"
#include "ring/stream_producer.hpp"
#include "segment/memory.hpp"
#include "tried.hpp"

using namespace quoit;

namespace {

constexpr auto most = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t nasty[] = {0,
                                   1,
                                   15,
                                   4095,
                                   4096,
                                   4097,
                                   8191,
                                   8192,
                                   std::uint64_t{1} << 32U,
                                   ring::last_sequence,
                                   ring::last_sequence + 1,
                                   most / 2,
                                   most - 4096,
                                   most - 1,
                                   most};

/// A stream with its writer and a reader in it, taken apart.
struct stream_inside {
  explicit stream_inside(segment::place_role r = segment::place_role::reliable) : role(r) { ++made; }

  static inline int made = 0;

  segment::place_role role;
  segment::memory memory = segment::memory::create(segment::make_rules({.capacity = 4096, .kind = kind::stream}), "t");
  std::shared_ptr<mirror::mirrored> data = memory.map_data(mirror::access::read_write);
  ring::ring shared{memory.geometry(), memory.super().key, memory.control(), memory.header_fd(), memory.header_id()};
  ring::budget budget{shared};
  ring::place writers = *ring::place::claim(shared, {0, 1}, segment::place_role::publisher, "w", budget);
  ring::place readers = *ring::place::claim(shared, {1, 2}, role, "r", budget);
  ring::stream_producer producer{shared, writers, data->base()};
  ring::stream_consumer consumer{shared, readers, data->base()};

  segment::hot& words() const { return shared.words(); }

  void start() {
    BOOST_REQUIRE(producer.start() == status::ok);
    BOOST_REQUIRE(writers.go_live());
    BOOST_REQUIRE(consumer.start(start::next) == status::ok);
  }
  bool is_inside(std::byte const* at, std::uint64_t size) const {
    return at >= data->base() && size <= 4096 && at + size <= data->base() + 8192;
  }
  void check_reader() {
    for (int i = 0; i < 3; ++i) {
      auto const s = consumer.look(1);
      BOOST_REQUIRE(is_inside(consumer.here(), consumer.unread()));
      if (s == status::ok) consumer.consume((consumer.unread() + 1) / 2);
    }
  }
  void check_writer() {
    for (std::uint64_t const wanted : {1U, 100U, 4096U}) {
      bool const room = producer.make_room(wanted, wanted);
      BOOST_REQUIRE(is_inside(producer.here(), producer.room()));
      BOOST_REQUIRE(room == (producer.room() >= wanted));
      if (room) producer.commit(wanted);
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_stream_test)

BOOST_AUTO_TEST_CASE(a_head_that_is_nowhere) {
  for (auto const head : nasty) {
    stream_inside s;
    s.start();
    s.words().next.word = head;
    auto const found = s.consumer.look(1);
    BOOST_TEST((found == (head == 0 ? status::timeout : head <= 4096 ? status::ok : status::corrupt)));
    s.check_reader();
    s.check_writer();
  }
}

BOOST_AUTO_TEST_CASE(cursors_and_floors_that_are_nowhere) {
  for (auto const cursor : nasty) {
    for (auto const floor : nasty) {
      stream_inside s;
      s.start();
      s.words().floor.word = floor;
      s.readers.shared().cursor = cursor;
      s.check_writer();
      s.check_reader();
    }
  }
}

BOOST_AUTO_TEST_CASE(joining_where_nothing_fits) {
  for (auto const head : nasty) {
    for (auto const floor : nasty) {
      for (auto const where : {start::next, start::oldest}) {
        stream_inside s;
        s.words().next.word = head;
        s.words().floor.word = floor;
        bool const fits = head <= ring::last_sequence && floor <= head && head - floor <= 4096;
        BOOST_TEST((s.producer.start() == status::ok) == fits);
        BOOST_TEST((s.consumer.start(where) == status::ok) == fits);
        if (!fits) continue;
        s.check_writer();
        s.check_reader();
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(ends_that_make_no_sense) {
  support::random random(1);
  auto const pick = [&] { return random.below(2) == 0 ? nasty[random.below(std::size(nasty))] : random.below(5000); };
  for (int round = 0; round < 2000; ++round) {
    stream_inside s;
    if (round % 2 == 0) s.start();
    s.words().ends.word = random.below(2) == 0 ? random.below(50) : pick();
    for (auto& e : s.words().end_of) {
      e.who = random();
      e.sequence = pick();
    }
    if (round % 2 != 0) {
      s.producer.start();
      if (s.consumer.start(start::oldest) != status::ok) continue;
    }
    s.words().next.word = random.below(5000);
    s.readers.shared().ends_met = pick();
    s.check_reader();
    s.check_writer();
  }
}

BOOST_AUTO_TEST_CASE(a_lossy_reader_of_words_that_are_nowhere) {
  for (auto const head : nasty) {
    for (auto const floor : nasty) {
      stream_inside s(segment::place_role::lossy);
      s.start();
      s.words().next.word = head;
      s.words().floor.word = floor;
      s.check_reader();
      s.words().next.word = 5000;
      s.check_reader();
    }
  }
  QUOIT_TRIED(stream_inside::made << " states of a stream");
}

BOOST_AUTO_TEST_CASE(a_writer_whose_place_was_written_over_is_told_where_it_makes_room) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  auto writer = ch.stream_writer();
  auto reader = ch.stream_reader();
  support::hostile_peer const p(ch);
  p.shared.place(0).identity = segment::pack({9, segment::place_role::publisher, segment::place_state::live});
  BOOST_TEST(reader.try_data().status == status::died);
  using namespace std::chrono_literals;
  auto const r = writer.write(std::vector<std::byte>(10'000), 0s);
  BOOST_TEST(r.status == status::corrupt);
  BOOST_TEST(r.count <= 4096U);
  BOOST_TEST(writer.try_prepare(1).status == status::corrupt);
  BOOST_TEST(writer.prepare(1, 10s).status == status::corrupt);
}

BOOST_AUTO_TEST_SUITE_END()
