// SPDX-License-Identifier: BSL-1.0
// Lossy subscribers: whole or told as lost; history; conflation; eviction; what a publisher drops.
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "expect_error.hpp"
#include "hostile_peer.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

channel make(std::uint32_t publishers = 1, channel_options o = {.capacity = 4096, .records = 16}) {
  o.publishers = publishers;
  return channel::create_anonymous(o);
}

subscriber lossy_from(channel const& ch, start_point where = oldest, bool conflate = false) {
  return ch.subscriber({.start = where, .delivery = lossy, .conflate = conflate});
}

void publish(publisher& pub, std::uint64_t number, std::size_t size = 40) {
  auto room = pub.reserve(size);
  support::fill(room.bytes(), number);
  BOOST_REQUIRE(room.commit().sequence == number);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lossy_test)

BOOST_AUTO_TEST_CASE(nobody_waits_and_each_number_is_received_or_told_as_lost) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = make(publishers);
    auto sub = lossy_from(ch, next);
    auto pub = ch.publisher();
    std::uint64_t expected = 1;
    std::uint64_t published = 0;
    std::uint64_t lost = 0;
    support::random random(3);
    for (int round = 0; round < 300; ++round) {
      for (auto n = random.below(40); n > 0; --n) {
        auto room = pub.try_reserve(random.below(300));
        BOOST_REQUIRE(room.status() == status::ok);
        support::fill(room.bytes(), ++published);
        room.commit();
      }
      for (auto n = random.below(30); n > 0; --n) {
        auto const m = sub.try_receive();
        if (m.status() == status::timeout) break;
        if (m.status() == status::lost) {
          auto const l = sub.last_loss();
          BOOST_REQUIRE(l.first == expected);
          BOOST_REQUIRE(l.last >= l.first);
          BOOST_REQUIRE(l.bytes >= (l.last - l.first + 1) * 16);
          lost += l.last - l.first + 1;
          expected = l.last + 1;
          continue;
        }
        BOOST_REQUIRE(m.status() == status::ok);
        BOOST_REQUIRE(m.whole());
        BOOST_REQUIRE(m.sequence() == expected++);
        BOOST_REQUIRE(support::verify(m.bytes(), m.sequence()));
      }
    }
    BOOST_TEST(lost > 100U);
    BOOST_TEST(ch.participants().back().lost == lost);
    BOOST_TEST((ch.participants().back().delivery == lossy));
  }
}

BOOST_AUTO_TEST_CASE(a_view_says_when_it_was_written_over) {
  auto const ch = make();
  auto sub = lossy_from(ch);
  auto pub = ch.publisher();
  publish(pub, 1);
  auto const held = sub.receive();
  BOOST_TEST(held.whole());
  for (std::uint64_t i = 2; i <= 30; ++i) publish(pub, i);
  BOOST_TEST(!held.whole());
  BOOST_TEST(held.sequence() == 1U);
  bool called = false;
  auto const first = sub.read([&](message const&) { called = true; });
  BOOST_TEST(first.status == status::lost);
  BOOST_TEST(!called);
  auto const second = sub.read([&](message const& m) {
    BOOST_TEST(m.sequence() == sub.last_loss().last + 1);
    for (std::uint64_t i = 31; i <= 60; ++i) publish(pub, i);
  });
  BOOST_TEST(second.status == status::ok);
  BOOST_TEST(!second.whole);
  BOOST_TEST(!second);
}

BOOST_AUTO_TEST_CASE(copying_checks_by_itself) {
  auto const ch = make();
  auto sub = lossy_from(ch);
  auto pub = ch.publisher();
  publish(pub, 1, 100);
  std::vector<std::byte> small(10);
  auto r = sub.receive_into(small);
  BOOST_TEST(r.status == status::too_big);
  BOOST_TEST(r.size == 100U);
  std::vector<std::byte> large(100);
  r = sub.receive_into(large);
  BOOST_TEST(r.status == status::ok);
  BOOST_TEST(r.sequence == 1U);
  BOOST_TEST(support::verify(large, 1));
  BOOST_TEST(sub.receive_into(large, 0s).status == status::timeout);
  for (std::uint64_t i = 2; i <= 40; ++i) publish(pub, i);
  BOOST_TEST(sub.receive_into(large).status == status::lost);
  BOOST_TEST(sub.receive_into(large).sequence == sub.last_loss().last + 1);
  auto reliable_one = ch.subscriber();
  publish(pub, 41, 20);
  BOOST_TEST(reliable_one.receive_into(large).size == 20U);
  BOOST_TEST(ch.participants()[1].lag <= 40U);
}

BOOST_AUTO_TEST_CASE(conflation_gives_the_newest) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = make(publishers);
    auto sub = lossy_from(ch, oldest, true);
    auto pub = ch.publisher();
    std::uint64_t i = 0;
    for (int round = 1; round <= 50; ++round) {
      for (int n = 0; n < round; ++n) publish(pub, ++i);
      auto const m = sub.receive(1s);
      BOOST_REQUIRE(m.status() == status::ok);
      BOOST_REQUIRE(m.sequence() == i);
      BOOST_REQUIRE(support::verify(m.bytes(), i));
      BOOST_REQUIRE(sub.try_receive().status() == status::timeout);
    }
    auto batch = pub.reserve_batch(3, 30);
    for (auto const* const t : {"a", "b", "c"}) batch.add(support::bytes_of(t));
    batch.commit();
    BOOST_TEST(support::text_of(sub.receive(1s).bytes()) == "c");
  }
  support::expect_error(
      errc::bad_options, [] { make().subscriber({.conflate = true}); }, "lossy");
}

BOOST_AUTO_TEST_CASE(a_subscriber_starts_where_it_wants_if_that_is_held) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = make(publishers, {.capacity = 4096, .records = 16, .timestamps = true});
    auto pub = ch.publisher();
    for (std::uint64_t i = 1; i <= 40; ++i) publish(pub, i);
    for (auto const d : {reliable, lossy}) {
      auto const first = ch.subscriber({.start = oldest, .delivery = d}).position();
      BOOST_TEST(first > 20U);
      BOOST_TEST(first < 40U);
      for (auto const at : {first, first + 3, std::uint64_t{40}, std::uint64_t{41}}) {
        auto sub = ch.subscriber({.start = from_sequence(at), .delivery = d});
        auto const m = sub.try_receive();
        if (at == 41) {
          BOOST_TEST(m.status() == status::timeout);
          continue;
        }
        BOOST_TEST(m.sequence() == at);
        BOOST_TEST(support::verify(m.bytes(), at));
        auto later = ch.subscriber({.start = from_time(std::chrono::nanoseconds(m.time() + 1)), .delivery = d});
        BOOST_TEST(later.position() == at + 1);
      }
      for (auto const at : {first - 1, std::uint64_t{42}}) {
        support::expect_error(
            errc::not_held, [&] { ch.subscriber({.start = from_sequence(at), .delivery = d}); },
            std::to_string(first) + " to 41");
      }
    }
    BOOST_TEST(ch.participants().size() == 1U);  // who was refused has left
  }
  support::expect_error(
      errc::bad_options, [] { make().subscriber({.start = from_time(0ns)}); }, "time stamps");
}

BOOST_AUTO_TEST_CASE(a_live_subscriber_is_rewound) {
  for (auto const d : {reliable, lossy}) {
    auto const ch = make();
    auto pub = ch.publisher();
    auto sub = ch.subscriber({.delivery = d});
    for (std::uint64_t i = 1; i <= 6; ++i) publish(pub, i);
    for (std::uint64_t i = 1; i <= 6; ++i) BOOST_REQUIRE(sub.receive().sequence() == i);
    sub.rewind(from_sequence(3));
    BOOST_TEST(sub.receive().sequence() == 3U);
    sub.rewind(oldest);
    {
      auto const m = sub.receive();
      BOOST_TEST(m.sequence() == 1U);
      support::expect_error(
          errc::busy, [&] { sub.rewind(oldest); }, "release them first");
    }
    support::expect_error(
        errc::not_held, [&] { sub.rewind(from_sequence(100)); }, "1 to 7");
    BOOST_TEST(sub.receive().sequence() == 2U);  // as before
    sub.rewind(next);
    BOOST_TEST(sub.try_receive().status() == status::timeout);
    publish(pub, 7);
    BOOST_TEST(sub.receive().sequence() == 7U);
  }
}

BOOST_AUTO_TEST_CASE(an_evicted_subscriber_learns_it_and_holds_nobody_up) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = make(publishers);
    auto pub = ch.publisher();
    auto slow = ch.subscriber();
    auto quick = ch.subscriber();
    publish(pub, 1);
    auto const held = slow.receive();
    BOOST_TEST(held.whole());
    while (auto room = pub.try_reserve(40)) room.commit(0);
    auto const all = pub.subscribers();
    BOOST_REQUIRE(all.size() == 2U);
    while (quick.try_receive()) {
    }
    BOOST_TEST(pub.try_reserve(40).status() == status::full);
    BOOST_TEST(pub.evict(all[0]));
    BOOST_TEST(!pub.evict(all[0]));
    auto other = all[1];
    ++other.generation;
    BOOST_TEST(!pub.evict(other));
    other.slot = 5000;
    BOOST_TEST(!pub.evict(other));
    BOOST_TEST((pub.try_reserve(40).status() == status::ok));
    BOOST_TEST(!held.whole());
    BOOST_TEST(slow.receive().status() == status::evicted);
    BOOST_TEST(slow.try_receive().status() == status::evicted);
    BOOST_TEST(pub.subscribers().size() == 1U);
    slow.close();
    BOOST_TEST(ch.subscriber().lag() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(one_that_is_evicted_where_an_end_stands_is_told_so_and_not_the_end) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    for (bool const behind_a_message : {false, true}) {
      auto const ch = make(publishers);
      auto pub = ch.publisher();
      auto sub = ch.subscriber();
      if (behind_a_message) publish(pub, 1);
      BOOST_TEST(pub.evict(pub.subscribers().at(0)));
      pub.close();
      BOOST_TEST(sub.receive().status() == status::evicted);
      BOOST_TEST(sub.try_receive().status() == status::evicted);
    }
  }
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  auto writer = ch.stream_writer();
  auto reader = ch.stream_reader();
  BOOST_TEST(writer.evict(writer.readers().at(0)));
  writer.close();
  BOOST_TEST(reader.data().status == status::evicted);
  BOOST_TEST(reader.try_data().status == status::evicted);
}

BOOST_AUTO_TEST_CASE(a_publisher_with_little_patience_evicts_who_holds_it_up) {
  for (auto const k : {kind::messages, kind::stream}) {
    auto const ch = channel::create_anonymous({.capacity = 4096, .kind = k});
    if (k == kind::messages) {
      auto pub = ch.publisher({.patience = 20ms});
      auto sub = ch.subscriber();
      for (int i = 0; i < 200; ++i) BOOST_REQUIRE(pub.publish(std::vector<std::byte>(100)).status == status::ok);
      BOOST_TEST(sub.receive().status() == status::evicted);
    } else {
      auto writer = ch.stream_writer({.patience = 20ms});
      auto reader = ch.stream_reader();
      BOOST_TEST(writer.write(std::vector<std::byte>(20'000)).count == 20'000U);
      BOOST_TEST(reader.data().status == status::evicted);
      auto const readers = writer.readers();
      BOOST_TEST(readers.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_publisher_drops_is_counted_and_has_no_number) {
  auto const ch = make();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  std::uint64_t published = 0;
  for (int i = 0; i < 50; ++i) published += pub.offer(support::bytes_of("x")).status == status::ok;
  BOOST_TEST(published == 15U);
  BOOST_TEST(ch.participants()[0].dropped == 50 - published);
  while (sub.try_receive()) {
  }
  BOOST_TEST(pub.offer(support::bytes_of("x")).sequence == published + 1);
  BOOST_TEST(pub.offer(std::vector<std::byte>(5000)).status == status::too_big);
}

BOOST_AUTO_TEST_CASE(a_channel_may_have_lossy_subscribers_only) {
  auto const ch = channel::create_anonymous({.slots = 2, .max_reliable = 0});
  support::expect_error(
      errc::no_slot, [&] { ch.subscriber(); }, "delivery lossy");
  auto const a = lossy_from(ch);
  auto const b = lossy_from(ch);
  support::expect_error(
      errc::no_slot, [&] { lossy_from(ch); }, "fewer than 2");
  auto const mixed = channel::create_anonymous({.slots = 3, .max_reliable = 2});
  auto const c = lossy_from(mixed);
  auto const d = mixed.subscriber();
  auto const e = mixed.subscriber();
  support::expect_error(errc::no_slot, [&] { mixed.subscriber(); });
}

BOOST_AUTO_TEST_CASE(batches_are_received_as_ordinary_messages_and_whole_or_not_at_all) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    for (std::uint32_t const alignment : {16U, 64U, 4096U}) {
      auto const ch = channel::create_anonymous({.capacity = 64_KiB, .publishers = publishers, .alignment = alignment});
      auto pub = ch.publisher();
      auto sub = ch.subscriber();
      support::random random(alignment);
      std::uint64_t sent = 0;
      std::uint64_t got = 0;
      std::uint64_t sequence = 0;
      for (int round = 0; round < 300; ++round) {
        auto const count = 1 + random.below(6);
        auto batch = pub.reserve_batch(count, count * 100);
        BOOST_REQUIRE(batch.status() == status::ok);
        BOOST_REQUIRE(pub.reserve(1).status() == status::busy);
        auto const appended = random.below(count + 1);
        for (std::uint64_t i = 0; i < appended; ++i) {
          auto const room = batch.append(random.below(101), static_cast<std::uint32_t>(sent + i));
          BOOST_REQUIRE(room.status == status::ok);
          BOOST_REQUIRE(reinterpret_cast<std::uintptr_t>(room.bytes.data()) % alignment == 0);
          support::fill(room.bytes, sent + i);
        }
        BOOST_REQUIRE(batch.append(60'000).status == status::too_big);
        BOOST_REQUIRE(sub.try_receive().status() == status::timeout);
        if (round % 3 == 0 || appended == 0) {
          if (round % 2 == 0)
            batch.discard();
          else if (appended == 0)
            BOOST_REQUIRE(batch.commit().sequence == 0U);
          if (appended > 0) batch.discard();
          continue;
        }
        BOOST_REQUIRE(batch.size() == appended);
        auto const committed = batch.commit();
        BOOST_REQUIRE(committed.sequence > sequence);
        sequence = committed.sequence;
        sent += appended;
        for (std::uint32_t i = 0; i < appended; ++i) {
          auto const m = sub.receive(1s);
          BOOST_REQUIRE(m.status() == status::ok);
          BOOST_REQUIRE(m.sequence() == sequence);
          BOOST_REQUIRE(m.index() == i);
          BOOST_REQUIRE(m.tag() == got);
          BOOST_REQUIRE(support::verify(m.bytes(), got));
          ++got;
        }
        BOOST_REQUIRE(sub.try_receive().status() == status::timeout);
        if (random.below(4) == 0) {
          pub.publish(support::bytes_of("between"));
          BOOST_REQUIRE(sub.receive(1s).index() == 0U);
        }
      }
      BOOST_TEST(got == sent);
      BOOST_TEST(pub.reserve_batch(1, 100'000).status() == status::too_big);
      BOOST_TEST(pub.reserve_batch(~std::size_t{0}, 1).status() == status::too_big);
      BOOST_TEST(pub.reserve_batch(0, 1).status() == status::too_big);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_batch_is_polled_and_lost_like_any_other) {
  auto const ch = make(2, {.capacity = 4096, .records = 8});
  auto pub = ch.publisher();
  auto sub = lossy_from(ch, next);
  auto const send = [&] {
    auto batch = pub.reserve_batch(4, 40);
    for (int i = 0; i < 4; ++i) batch.add(support::bytes_of("0123456789"));
    BOOST_REQUIRE(batch.commit());
  };
  send();
  BOOST_TEST(sub.receive().index() == 0U);
  BOOST_TEST(sub.receive().index() == 1U);
  for (int i = 0; i < 20; ++i) send();  // the rest of the first one is gone
  auto const m = sub.receive();
  BOOST_TEST(m.status() == status::lost);
  BOOST_TEST(sub.last_loss().first == 1U);
  std::size_t polled = 0;
  auto const r = sub.poll([&](message const& each) { polled += each.bytes().size() == 10; });
  BOOST_TEST(r.status == status::ok);
  BOOST_TEST(r.count == polled);
  BOOST_TEST(polled % 4 == 0U);
  BOOST_TEST(polled > 0U);
}

BOOST_AUTO_TEST_CASE(a_lossy_reader_of_a_stream_is_told_which_bytes_it_missed) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  auto reader = ch.stream_reader({.start = oldest, .delivery = lossy});
  auto writer = ch.stream_writer();
  auto const write = [&](std::size_t n) {
    std::vector<std::byte> bytes(n);
    BOOST_REQUIRE(writer.write(bytes, 0s).count == n);
  };
  write(1000);
  BOOST_TEST(reader.data(1000).bytes.size() == 1000U);
  BOOST_TEST(reader.whole());
  BOOST_TEST(reader.consume(100) == status::ok);
  write(6000);
  BOOST_TEST(!reader.whole());
  BOOST_TEST(reader.data().status == status::lost);
  auto const l = reader.last_loss();
  BOOST_TEST(l.first == 100U);
  BOOST_TEST(l.bytes == l.last - l.first + 1);
  BOOST_TEST(reader.position() == l.last + 1);
  auto const rest = reader.data();
  BOOST_TEST(reader.position() + rest.bytes.size() == 7000U);
  std::vector<std::byte> into(10);
  BOOST_TEST(reader.read(into).count == 10U);
  reader.rewind(from_sequence(6500));
  BOOST_TEST(reader.data().bytes.size() == 500U);
  support::expect_error(
      errc::not_held, [&] { reader.rewind(from_sequence(1)); }, "to 7000");
  support::expect_error(errc::bad_options, [&] { reader.rewind(latest); });
  support::expect_error(errc::not_held, [&] { ch.stream_reader({.start = from_sequence(7001)}); });
  for (int i = 0; i < 40; ++i) {  // more ends than are remembered
    writer = {};
    writer = ch.stream_writer();
    write(10);
  }
  std::uint64_t seen = 0;
  int ends = 0;
  for (auto d = reader.try_data(); d.status != status::timeout; d = reader.try_data()) {
    ends += d.status == status::closed;
    seen += d.status == status::lost ? reader.last_loss().bytes : d.bytes.size();
    if (d) {
      BOOST_TEST((d.bytes.size() <= 10U || ends == 0));
      reader.consume(d.bytes.size());
    }
  }
  BOOST_TEST(ends == 23);
  BOOST_TEST(seen == 900U);
}

BOOST_AUTO_TEST_CASE(a_rewind_that_fails_changes_nothing_within_a_batch_or_before_an_end) {
  for (auto const d : {reliable, lossy}) {
    auto const ch = make();
    auto sub = ch.subscriber({.delivery = d});
    auto pub = ch.publisher();
    auto batch = pub.reserve_batch(3, 30);
    for (auto const* text : {"a", "b", "c"}) batch.add(support::bytes_of(text));
    batch.commit();
    pub.close();
    BOOST_TEST(support::text_of(sub.receive().bytes()) == "a");
    support::expect_error(errc::not_held, [&] { sub.rewind(from_sequence(100)); });
    BOOST_TEST(support::text_of(sub.receive().bytes()) == "b");
    BOOST_TEST(support::text_of(sub.receive().bytes()) == "c");
    support::expect_error(errc::not_held, [&] { sub.rewind(from_sequence(100)); });
    BOOST_TEST(sub.try_receive().status() == status::closed);
    BOOST_TEST(sub.try_receive().status() == status::timeout);
  }
}

BOOST_AUTO_TEST_CASE(a_rewind_that_finds_words_that_contradict_each_other_changes_nothing) {
  for (auto const d : {reliable, lossy}) {
    auto const ch = make();
    auto pub = ch.publisher();
    auto sub = ch.subscriber({.delivery = d});
    for (std::uint64_t i = 1; i <= 5; ++i) publish(pub, i);
    BOOST_TEST(sub.receive().sequence() == 1U);
    support::hostile_peer const p(ch);
    auto& floor = p.shared.words().floor.word;
    for (std::uint64_t const value : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 63U}) {
      floor = value;
      support::expect_error(errc::damaged, [&] { sub.rewind(oldest); });
      floor = 1;
      BOOST_TEST(p.shared.place(1).cursor.load() == sub.position());
    }
    for (std::uint64_t i = 2; i <= 5; ++i) {
      auto const m = sub.try_receive();
      BOOST_TEST(m.status() == status::ok);
      BOOST_TEST(m.sequence() == i);
      BOOST_TEST(support::verify(m.bytes(), i));
      BOOST_TEST(m.whole());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_readers_rewind_that_finds_words_that_contradict_each_other_changes_nothing) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  auto writer = ch.stream_writer();
  auto reader = ch.stream_reader();
  writer.write(std::vector<std::byte>(1000));
  BOOST_TEST(reader.data().bytes.size() == 1000U);
  BOOST_TEST(reader.consume(300) == status::ok);
  support::hostile_peer const p(ch);
  auto& head = p.shared.words().next.word;
  head = ~std::uint64_t{0};
  support::expect_error(errc::damaged, [&] { reader.rewind(oldest); });
  head = 1000;
  BOOST_TEST(reader.position() == 300U);
  BOOST_TEST(p.shared.place(1).cursor.load() == 300U);
  BOOST_TEST(reader.data().bytes.size() == 700U);
}

BOOST_AUTO_TEST_CASE(a_rewound_reader_has_nothing_to_consume_before_it_looks) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  auto writer = ch.stream_writer();
  auto reader = ch.stream_reader();
  writer.write(std::vector<std::byte>(1000));
  BOOST_TEST(reader.data().bytes.size() == 1000U);
  reader.rewind(next);
  BOOST_TEST(reader.consume(10) == status::too_big);
  writer.write(std::vector<std::byte>(100));
  BOOST_TEST(reader.data().bytes.size() == 100U);
}

BOOST_AUTO_TEST_CASE(nobody_is_evicted_for_a_reservation_that_another_publisher_holds) {
  auto const ch = make(2);
  auto slow = ch.publisher();
  auto pub = ch.publisher({.patience = 10ms});
  auto sub = ch.subscriber();
  auto held = slow.reserve(10);
  while (auto room = pub.try_reserve(40)) room.commit();
  BOOST_TEST(pub.reserve(40, 100ms).status() == status::timeout);
  BOOST_TEST(sub.try_receive().status() == status::timeout);
  held.commit();
  BOOST_TEST(sub.try_receive().status() == status::ok);
  BOOST_TEST(sub.try_receive().status() == status::ok);
}

BOOST_AUTO_TEST_CASE(one_without_patience_sleeps_while_nobody_can_be_evicted) {
  auto const ch = make(2);
  auto slow = ch.publisher();
  auto pub = ch.publisher({.patience = 0ns});
  auto const held = slow.reserve(10);
  while (auto room = pub.try_reserve(40)) room.commit();
  auto const sleeps = [&] { return ch.participants().at(1).sleeps; };
  while (sleeps() == 0) BOOST_TEST(pub.reserve(40, 50ms, waiting::sleep).status() == status::timeout);
}

BOOST_AUTO_TEST_CASE(a_time_is_not_later_than_what_is_committed_after_it) {
  auto const ch = make(2, {.capacity = 4096, .records = 16, .timestamps = true});
  auto a = ch.publisher();
  auto b = ch.publisher();
  auto held = a.reserve(10);
  b.publish(support::bytes_of("early"));
  auto sub = ch.subscriber({.start = from_time(0ns)});
  held.commit();
  BOOST_TEST(sub.try_receive().sequence() == 1U);
  BOOST_TEST(sub.try_receive().sequence() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
