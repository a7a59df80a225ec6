// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cstring>
#include <vector>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "stream_bytes.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::bytes_of;
using support::fill_from;
using support::is_from;
using support::text_of;

namespace {

channel small_stream() { return channel::create_anonymous({.capacity = 4096, .kind = kind::stream}); }

}  // namespace

BOOST_AUTO_TEST_SUITE(streams_test)

BOOST_AUTO_TEST_CASE(what_is_written_is_one_span_however_it_was_cut) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  BOOST_TEST((reader.try_data().status == status::timeout));
  BOOST_TEST(writer.write(bytes_of("one ")).count == 4U);
  BOOST_TEST(writer.write(bytes_of("span ")).count == 5U);
  auto const room = writer.prepare(100);
  BOOST_REQUIRE(room);
  BOOST_TEST(room.bytes.size() == 100U);
  std::memcpy(room.bytes.data(), "only", 4);
  BOOST_TEST(writer.commit(4).position == 13U);
  BOOST_TEST(text_of(reader.data().bytes) == "one span only");
  BOOST_TEST(reader.consume(4) == status::ok);
  BOOST_TEST(text_of(reader.data().bytes) == "span only");
  BOOST_TEST(reader.lag() == 9U);
  BOOST_TEST(reader.position() == 4U);
  BOOST_TEST(reader.consume(9) == status::ok);
  BOOST_TEST(reader.data(1, 1ms).status == status::timeout);
}

BOOST_AUTO_TEST_CASE(every_span_is_contiguous_at_every_offset_of_the_ring) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  std::uint64_t position = 0;
  // 4091 is prime to the capacity: the seam comes at every place of the span.
  for (int round = 0; round < 4200; ++round) {
    auto const room = writer.prepare(4091, 0ns);
    BOOST_REQUIRE(room);
    fill_from(position, room.bytes);
    writer.commit(4091);
    auto const unread = reader.data();
    BOOST_REQUIRE(unread.bytes.size() == 4091U);
    BOOST_REQUIRE(is_from(position, unread.bytes));
    reader.consume(4091);
    position += 4091;
  }
}

BOOST_AUTO_TEST_CASE(a_full_ring_is_one_span_too) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  writer.write(bytes_of("x"));
  reader.data();
  reader.consume(1);  // so that the ring's seam is inside
  auto const room = writer.prepare(4096);
  BOOST_REQUIRE(room);
  fill_from(1, room.bytes);
  writer.commit(4096);
  BOOST_TEST((writer.try_prepare(1).status == status::full));
  BOOST_TEST((writer.prepare(1, 1ms).status == status::timeout));
  BOOST_TEST(writer.write(bytes_of("more"), 1ms).count == 0U);
  auto const all = reader.data();
  BOOST_TEST(all.bytes.size() == 4096U);
  BOOST_TEST(is_from(1, all.bytes));
  reader.consume(1);
  BOOST_TEST(writer.prepare_some().bytes.size() == 1U);
}

BOOST_AUTO_TEST_CASE(some_room_is_all_the_room_that_there_is) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  for (std::uint64_t lap = 0; lap < 100; ++lap) {
    auto const room = writer.prepare_some();
    BOOST_REQUIRE(room.bytes.size() == 4096U);
    fill_from(writer.position(), room.bytes);
    writer.commit(4096 - lap);
    if (lap > 0) BOOST_REQUIRE(writer.prepare_some(5000).bytes.size() == lap);
    auto const unread = reader.data();
    BOOST_REQUIRE(is_from(reader.position(), unread.bytes));
    reader.consume(unread.bytes.size());
  }
}

BOOST_AUTO_TEST_CASE(a_refused_room_takes_neither_history_nor_the_room_before) {
  auto const ch = small_stream();
  auto slow = ch.stream_reader();
  auto writer = ch.stream_writer();
  writer.write(std::vector<std::byte>(2000));
  BOOST_TEST(writer.prepare(100).bytes.size() == 100U);
  BOOST_TEST(writer.try_prepare(4096).status == status::full);
  BOOST_TEST(writer.commit(1).status == status::too_big);
  BOOST_TEST(ch.stream_reader({.start = oldest}).position() == 0U);
}

BOOST_AUTO_TEST_CASE(a_room_is_committed_piece_by_piece) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  auto const room = writer.prepare(6);
  std::memcpy(room.bytes.data(), "abcdef", 6);
  BOOST_TEST(writer.commit(2).position == 2U);
  BOOST_TEST(text_of(reader.data().bytes) == "ab");
  BOOST_TEST(writer.commit(0).position == 2U);
  BOOST_TEST(writer.commit(4).position == 6U);
  BOOST_TEST(text_of(reader.data().bytes) == "abcdef");
  BOOST_TEST(writer.commit(1).status == status::too_big);
}

BOOST_AUTO_TEST_CASE(committing_or_consuming_too_much_changes_nothing) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  BOOST_TEST(writer.commit(1).status == status::too_big);
  BOOST_TEST(writer.commit(0).status == status::ok);
  auto const room = writer.prepare(3);
  std::memcpy(room.bytes.data(), "abc", 3);
  BOOST_TEST(writer.commit(4).status == status::too_big);
  BOOST_TEST(writer.commit(3).status == status::ok);
  BOOST_TEST(reader.consume(1) == status::too_big);  // nothing was shown yet
  BOOST_TEST(text_of(reader.data().bytes) == "abc");
  BOOST_TEST(reader.consume(4) == status::too_big);
  BOOST_TEST(text_of(reader.data().bytes) == "abc");
  writer.write(bytes_of("later"));
  BOOST_TEST(reader.consume(4) == status::too_big);  // not shown either
  BOOST_TEST(writer.prepare(4097).status == status::too_big);
  BOOST_TEST(writer.try_prepare(4097).status == status::too_big);
  BOOST_TEST(reader.data(4097).status == status::too_big);
  BOOST_TEST(reader.try_data(4097).status == status::too_big);
  BOOST_TEST(reader.consume(3) == status::ok);
  BOOST_TEST(text_of(reader.data().bytes) == "later");
}

BOOST_AUTO_TEST_CASE(a_reader_may_wait_for_many_bytes) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  writer.write(bytes_of("head"));
  auto const few = reader.data(8, 1ms);
  BOOST_TEST(few.status == status::timeout);
  BOOST_TEST(text_of(few.bytes) == "head");  // what is there is shown
  writer.write(bytes_of("body"));
  BOOST_TEST(text_of(reader.data(8).bytes) == "headbody");
  reader.consume(8);
  writer.write(bytes_of("rest"));
  writer.close();
  auto const last = reader.data(8);  // no more can come to these
  BOOST_TEST(last.status == status::ok);
  BOOST_TEST(text_of(last.bytes) == "rest");
  reader.consume(4);
  BOOST_TEST(reader.data(8).status == status::closed);
}

BOOST_AUTO_TEST_CASE(no_span_crosses_the_end_of_a_writer) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  ch.stream_writer().write(bytes_of("first"));
  ch.stream_writer().write(bytes_of("second"));
  { auto const silent = ch.stream_writer(); }
  BOOST_TEST(text_of(reader.data().bytes) == "first");
  BOOST_TEST(text_of(reader.data().bytes) == "first");
  reader.consume(2);
  BOOST_TEST(text_of(reader.data().bytes) == "rst");
  reader.consume(3);
  auto const end = reader.data();
  BOOST_TEST(end.status == status::closed);
  BOOST_TEST(end.bytes.empty());
  BOOST_TEST(reader.consume(1) == status::too_big);
  BOOST_TEST(text_of(reader.data().bytes) == "second");
  reader.consume(6);
  BOOST_TEST(reader.data().status == status::closed);
  BOOST_TEST(reader.data().status == status::closed);
  BOOST_TEST(reader.data(1, 1ms).status == status::timeout);
}

BOOST_AUTO_TEST_CASE(a_reader_that_starts_at_the_oldest_byte_meets_the_ends_behind_it) {
  auto const ch = small_stream();
  ch.stream_writer().write(bytes_of("first"));
  ch.stream_writer().write(bytes_of("second"));
  auto from_oldest = ch.stream_reader({.start = oldest});
  auto from_next = ch.stream_reader();
  BOOST_TEST(text_of(from_oldest.data().bytes) == "first");
  from_oldest.consume(5);
  BOOST_TEST(from_oldest.data().status == status::closed);
  BOOST_TEST(text_of(from_oldest.data().bytes) == "second");
  BOOST_TEST(from_next.data(1, 1ms).status == status::timeout);
}

BOOST_AUTO_TEST_CASE(history_is_nearly_a_whole_ring) {
  auto const ch = small_stream();
  auto writer = ch.stream_writer();
  std::vector<std::byte> bytes(10'000);
  fill_from(0, bytes);
  BOOST_TEST(writer.write(bytes).count == bytes.size());
  auto reader = ch.stream_reader({.start = oldest});
  auto const history = reader.data();
  BOOST_TEST(history.bytes.size() >= 4096U - 4096U / 4 - 256U);
  BOOST_TEST(is_from(10'000 - history.bytes.size(), history.bytes));
}

BOOST_AUTO_TEST_CASE(so_many_ends_are_told_apart_and_then_a_writer_is_refused) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader({.label = "the slow one"});
  int writers = 0;
  for (; writers < 23; ++writers) ch.stream_writer().write(bytes_of(std::string(1, static_cast<char>('a' + writers))));
  support::expect_error(
      errc::busy, [&] { ch.stream_writer(); }, "pid " + std::to_string(::getpid()), "'the slow one'",
      "23 bytes behind");
  support::expect_error(errc::busy, [&] { ch.stream_writer(); });  // refusals leave no end, else one would be lost
  // Having read all before the oldest end is not enough: it must be met.
  reader.data();
  reader.consume(1);
  support::expect_error(errc::busy, [&] { ch.stream_writer(); });
  BOOST_TEST(reader.data().status == status::closed);
  ch.stream_writer().write(bytes_of("X"));
  for (char const c : std::string("bcdefghijklmnopqrstuvwX")) {
    BOOST_TEST(text_of(reader.data().bytes) == std::string(1, c));
    reader.consume(1);
    BOOST_TEST(reader.data().status == status::closed);
  }
  BOOST_TEST(reader.data(1, 1ms).status == status::timeout);
}

BOOST_AUTO_TEST_CASE(writers_that_say_nothing_are_no_burden_to_a_reader_that_meets_them) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  for (int i = 0; i < 100; ++i) {
    { auto const silent = ch.stream_writer(); }
    BOOST_REQUIRE(reader.data().status == status::closed);
  }
  BOOST_TEST(reader.try_data().status == status::timeout);
}

BOOST_AUTO_TEST_CASE(history_does_not_reach_back_beyond_ends_that_are_forgotten) {
  auto const ch = small_stream();
  for (int i = 0; i < 60; ++i) ch.stream_writer().write(bytes_of("ab"));
  auto reader = ch.stream_reader({.start = oldest});
  int ends = 0;
  for (;;) {
    auto const unread = reader.try_data();
    if (unread.status == status::timeout) break;
    if (unread) {
      BOOST_REQUIRE(text_of(unread.bytes) == "ab");  // never the bytes of two
      reader.consume(2);
    } else {
      BOOST_REQUIRE(unread.status == status::closed);
      ++ends;
    }
  }
  BOOST_TEST(ends >= 22);
}

BOOST_AUTO_TEST_CASE(a_second_writer_is_refused_with_the_first_one_named) {
  auto const ch = small_stream();
  auto first = ch.stream_writer({.label = "the first"});
  support::expect_error(
      errc::publisher_taken, [&] { ch.stream_writer(); }, "become the writer", "pid " + std::to_string(::getpid()),
      "'the first'");
  first.write(bytes_of("unharmed"));
  first.close();
  BOOST_CHECK_NO_THROW(ch.stream_writer());
}

BOOST_AUTO_TEST_CASE(a_stream_is_no_channel_of_messages_and_the_reverse) {
  support::scratch_registry const scratch;
  auto const s = channel::create("s", {.kind = kind::stream});
  auto const m = channel::create("m");
  support::expect_error(
      errc::mismatch, [&] { s.publisher(); }, "'s'", "expected: a channel of messages", "stream_writer()");
  support::expect_error(
      errc::mismatch, [&] { s.subscriber(); }, "'s'", "found: a stream", "stream_reader()");
  support::expect_error(
      errc::mismatch, [&] { m.stream_writer(); }, "'m'", "expected: a stream", "publisher()");
  support::expect_error(
      errc::mismatch, [&] { m.stream_reader(); }, "'m'", "found: a channel of messages");
  support::expect_error(
      errc::mismatch, [] { channel::open("s", {.kind = kind::messages}); }, "expected: kind messages",
      "found: kind stream");
  support::expect_error(
      errc::mismatch, [] { channel::open_or_create("m", {.kind = kind::stream}); }, "expected: kind stream",
      "found: kind messages");
  BOOST_TEST((channel::open("s").info().kind == kind::stream));
  BOOST_TEST((channel::list()[1].kind == kind::stream));
}

BOOST_AUTO_TEST_CASE(options_of_records_make_no_sense_for_a_stream) {
  auto const refused = [](channel_options const& o, char const* what) {
    support::expect_error(
        errc::bad_options, [&] { channel::create_anonymous(o); }, what);
  };
  refused({.kind = kind::stream, .records = 64}, "records");
  refused({.kind = kind::stream, .alignment = 64}, "alignment");
  refused({.kind = kind::stream, .timestamps = true}, "timestamps");
  refused({.kind = kind::stream, .type = type_id{"x", 1, 8, 8}}, "size of a type");
  BOOST_CHECK_NO_THROW(channel::create_anonymous({.kind = kind::stream, .type = type_id{"text", 1}}));
  support::expect_error(
      errc::bad_options, [] { small_stream().stream_reader({.start = latest}); }, "no newest message");
}

BOOST_AUTO_TEST_CASE(info_and_participants_speak_of_bytes) {
  auto const ch = small_stream();
  auto const i = ch.info();
  BOOST_TEST(i.records == 0U);
  BOOST_TEST(i.max_payload == 4096U);
  BOOST_TEST(i.header_bytes <= 64U * 1024);
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  writer.write(bytes_of("twelve bytes"));
  reader.data();
  reader.consume(7);
  for (auto const& p : ch.participants()) {
    bool const writes = p.role == participant_info::role::publisher;
    BOOST_TEST(p.position == (writes ? 12U : 7U));
    BOOST_TEST(p.lag == (writes ? 0U : 5U));
    BOOST_TEST(p.bytes == (writes ? 12U : 7U));
  }
  BOOST_TEST(writer.readers().size() == 1U);
  BOOST_TEST(writer.wait_for_readers(1, 0ms) == status::ok);
  BOOST_TEST(writer.wait_for_readers(2, 1ms) == status::timeout);
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_the_next_wait) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  reader.interrupt();
  BOOST_TEST(reader.data().status == status::interrupted);
  std::vector<std::byte> const much(5000);
  writer.interrupt();
  auto const t = writer.write(much);
  BOOST_TEST(t.status == status::interrupted);
  BOOST_TEST(t.count == 4096U);
  BOOST_TEST(reader.data().bytes.size() == 4096U);
}

BOOST_AUTO_TEST_CASE(who_waits_learns_that_the_name_leads_elsewhere) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("s", {.capacity = 4096, .kind = kind::stream});
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  writer.write(bytes_of("last words"));
  channel::remove("s");
  BOOST_TEST(text_of(reader.data(100).bytes) == "last words");  // does not wait for a hundred
  reader.consume(10);
  BOOST_TEST(reader.data().status == status::retired);
  std::vector<std::byte> const much(5000);
  BOOST_TEST(writer.write(much).status == status::retired);
}

BOOST_AUTO_TEST_CASE(a_writer_that_cannot_go_on_ends_as_if_it_had_died) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  writer.write(bytes_of("half of"));
  writer.abandon();
  writer.abandon();
  writer.close();
  BOOST_TEST(text_of(reader.data().bytes) == "half of");
  reader.consume(7);
  BOOST_TEST(reader.data().status == status::died);
  BOOST_TEST(reader.try_data().status == status::timeout);
  BOOST_CHECK_NO_THROW(ch.stream_writer());
}

BOOST_AUTO_TEST_CASE(roles_that_are_closed_or_moved_from_answer_detached) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  auto other = std::move(writer);
  auto other_reader = std::move(reader);
  std::byte b{};
  for (auto* w : {&writer}) {
    BOOST_TEST(w->prepare(1).status == status::detached);
    BOOST_TEST(w->prepare_some().status == status::detached);
    BOOST_TEST(w->try_prepare(1).status == status::detached);
    BOOST_TEST(w->commit(0).status == status::detached);
    BOOST_TEST(w->write({&b, 1}).status == status::detached);
    BOOST_TEST(w->read_from(0).status == status::detached);
    BOOST_TEST(w->wait_for_readers(0) == status::detached);
    BOOST_TEST(w->readers().empty());
    BOOST_TEST(w->capacity() == 0U);
  }
  BOOST_TEST(reader.data().status == status::detached);
  BOOST_TEST(reader.try_data().status == status::detached);
  BOOST_TEST(reader.consume(0) == status::detached);
  BOOST_TEST(reader.read({&b, 1}).status == status::detached);
  BOOST_TEST(reader.write_to(1).status == status::detached);
  BOOST_TEST(reader.lag() == 0U);
  BOOST_TEST(other.write(bytes_of("x")).count == 1U);
  BOOST_TEST(other_reader.read({&b, 1}).count == 1U);
  other = {};
  BOOST_TEST(other_reader.data().status == status::closed);
}

BOOST_AUTO_TEST_CASE(read_copies_what_is_there) {
  auto const ch = small_stream();
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  writer.write(bytes_of("abc"));
  std::array<std::byte, 2> two{};
  BOOST_TEST(reader.read({}).status == status::ok);
  BOOST_TEST(reader.read(two).count == 2U);
  BOOST_TEST(text_of(two) == "ab");
  BOOST_TEST(reader.read(two).count == 1U);
  BOOST_TEST(reader.read(two, 1ms).status == status::timeout);
}

BOOST_AUTO_TEST_SUITE_END()
