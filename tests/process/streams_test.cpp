// SPDX-License-Identifier: BSL-1.0
// Streams between processes that are killed and stopped: every byte that was committed arrives once, in order, at every
// reader, and the time of each writer is told from the next one's.
#include <atomic>
#include <thread>
#include <vector>

#include <unistd.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"
#include "stream_bytes.hpp"
#include "system/step.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

using counter = std::atomic<std::uint64_t>;

void pause_for(std::uint64_t us) { std::this_thread::sleep_for(std::chrono::microseconds(us)); }

void wait_beyond(counter const& count, std::uint64_t value) {
  while (count.load() <= value) pause_for(100);
}

/// Becomes the writer, as soon as readers have met the ends of those before.
stream_writer join(channel const& ch) {
  for (;;) {
    try {
      return ch.stream_writer();
    } catch (error const& e) {
      if (e.code() != make_error_code(errc::busy)) throw;
      pause_for(1000);
    }
  }
}

/// Writes until `last`, in rooms and pieces of random sizes; `committed` is what is known to be committed.
void write_until(stream_writer& writer, std::uint64_t last, std::uint64_t seed, counter* committed = nullptr) {
  support::random random(seed);
  while (writer.position() < last) {
    // Readers wait for an eighth of the ring at most: with more than the rest asked for, both could wait for ever.
    auto const most = std::min<std::uint64_t>({last - writer.position(), writer.capacity() / 8 * 7, 20'000});
    auto const room = random.below(3) == 0 ? writer.prepare_some(most) : writer.prepare(1 + random.below(most));
    support::require(static_cast<bool>(room), to_string(room.status));
    support::fill_from(writer.position(), room.bytes);
    auto const piece = random.below(room.bytes.size() + 1);
    for (auto const n : {piece, room.bytes.size() - piece}) {
      auto const done = writer.commit(n);
      support::require(static_cast<bool>(done), "commit");
      if (committed != nullptr) committed->store(done.position);
    }
  }
}

/// What one reader has come upon.
struct seen {
  std::uint64_t position = 0;
  std::uint64_t ends = 0;
  status last = status::ok;
};

/// Reads, in pieces of random sizes, until `stop` says that this status is the last one.
template <class F>
seen read_until(stream_reader& reader, std::uint64_t seed, F&& stop) {
  support::random random(seed);
  seen s{reader.position()};
  for (;;) {
    auto const how = random.below(2) == 0 ? waiting::spin : waiting::sleep;
    auto const unread = reader.data(1 + random.below(reader.capacity() / 8), forever, how);
    s.last = unread.status;
    if (!unread) {
      ++s.ends;
      if (stop(s)) return s;
      continue;
    }
    support::require(support::is_from(s.position, unread.bytes), "bytes");
    auto const n = 1 + random.below(unread.bytes.size());
    support::require(reader.consume(n) == status::ok, "consume");
    s.position += n;
  }
}

void pass(std::uint64_t capacity, std::uint64_t bytes, int readers) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("s", {.capacity = capacity, .kind = kind::stream});
  std::vector<support::child> all;
  for (int i = 0; i < readers; ++i) {
    all.emplace_back([&, i] {
      auto reader = channel::open("s").stream_reader();
      auto const s = read_until(reader, static_cast<std::uint64_t>(i), [](seen const&) { return true; });
      support::require(s.last == status::closed && s.position == bytes, "an early end");
      return 0;
    });
  }
  auto writer = ch.stream_writer();
  BOOST_REQUIRE(writer.wait_for_readers(static_cast<std::size_t>(readers)) == status::ok);
  write_until(writer, bytes, capacity);
  writer.close();
  for (auto& r : all) BOOST_REQUIRE(r.wait() == 0);
}

constexpr std::uint64_t much = 1'000'000'000 / support::slower;

}  // namespace

BOOST_AUTO_TEST_SUITE(streams_test)

BOOST_AUTO_TEST_CASE(ring_of_4_kib) { pass(4_KiB, much / 20, 1); }
BOOST_AUTO_TEST_CASE(ring_of_64_kib) { pass(64_KiB, much / 2, 1); }
BOOST_AUTO_TEST_CASE(ring_of_1_mib_to_three_readers) { pass(1_MiB, much / 2, 3); }

BOOST_AUTO_TEST_CASE(writers_killed_at_random_leave_whole_commits_and_an_end_each) {
  for (std::uint64_t const capacity : {4_KiB, 256_KiB}) {
    support::scratch_registry const scratch;
    auto const ch = channel::create("s", {.capacity = capacity, .kind = kind::stream});
    support::shared_cell<counter> committed;
    support::shared_cell<counter> received;
    support::shared_cell<counter> ends;
    int const rounds = 100 / support::slower;
    support::gate joined;
    std::vector<support::child> readers;
    for (std::uint64_t i = 0; i < 2; ++i) {
      readers.emplace_back([&, i] {
        auto reader = channel::open("s").stream_reader();
        joined.open();
        auto const s = read_until(reader, i, [](seen const& now) { return now.last == status::retired; });
        *received += s.position;
        *ends += s.ends - 1;  // but for the retirement
        return 0;
      });
    }
    for (int i = 0; i < 2; ++i) joined.pass();
    support::random random(capacity);
    for (int round = 0; round < rounds; ++round) {
      support::gate writing;
      support::child writer([&] {
        auto w = join(channel::open("s"));
        writing.open();
        write_until(w, ~std::uint64_t{0}, random(), &*committed);
        return 0;
      });
      writing.pass();
      if (round % 2 == 0) wait_beyond(*committed, committed->load());  // else maybe before its first
      pause_for(random.below(4000));
      writer.kill();
      // It may have been killed between a commit and the note of it.
      auto const head = ch.stream_reader().position();
      BOOST_REQUIRE(head >= committed->load());
      BOOST_REQUIRE(head - committed->load() <= capacity);
      committed->store(head);
    }
    channel::remove("s");
    for (auto& r : readers) BOOST_TEST(r.wait() == 0);
    BOOST_TEST(received->load() == 2 * committed->load());
    BOOST_TEST(ends->load() == 2U * static_cast<unsigned>(rounds));
    BOOST_TEST(committed->load() > 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_killed_reader_holds_up_nobody) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("s", {.capacity = 4096, .kind = kind::stream});
  auto writer = ch.stream_writer();
  std::vector<std::byte> const lap(4096);
  for (int round = 0; round < 20; ++round) {
    support::gate holding;
    support::child reader([&] {
      auto r = channel::open("s").stream_reader();
      holding.open();
      ::pause();
      return 0;
    });
    holding.pass();
    BOOST_REQUIRE(writer.write(lap, 0ns).count == 4096U);
    BOOST_REQUIRE(writer.try_prepare(1).status == status::full);
    reader.kill();
    if (round % 2 == 0) BOOST_REQUIRE(static_cast<bool>(writer.try_prepare(1)));  // at once, without a clock
    BOOST_REQUIRE(writer.write(lap, forever, waiting::sleep).count == 4096U);
    BOOST_REQUIRE(writer.readers().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_dead_reader_does_not_keep_a_writer_from_joining) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("s", {.capacity = 4096, .kind = kind::stream});
  support::gate holding;
  support::child reader([&] {
    auto r = channel::open("s").stream_reader();
    holding.open();
    ::pause();
    return 0;
  });
  holding.pass();
  for (int i = 0; i < 23; ++i) ch.stream_writer().write(support::bytes_of("x"));
  support::expect_error(
      errc::busy, [&] { ch.stream_writer(); }, "pid " + std::to_string(reader.pid()));
  reader.stop();
  support::expect_error(errc::busy, [&] { ch.stream_writer(); });
  reader.kill();
  BOOST_CHECK_NO_THROW(ch.stream_writer());
}

BOOST_AUTO_TEST_CASE(a_stopped_reader_loses_nothing) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("s", {.capacity = 64_KiB, .kind = kind::stream});
  constexpr std::uint64_t bytes = 20'000'000 / support::slower;
  support::child reader([&] {
    auto r = channel::open("s").stream_reader();
    auto const s = read_until(r, 1, [](seen const&) { return true; });
    return s.position == bytes && s.last == status::closed ? 0 : 1;
  });
  auto writer = ch.stream_writer();
  BOOST_REQUIRE(writer.wait_for_readers(1) == status::ok);
  std::thread source([&] {
    write_until(writer, bytes, 1);
    writer.close();
  });
  for (int i = 0; i < 10; ++i) {
    reader.stop();
    pause_for(2000);
    reader.go_on();
    pause_for(500);
  }
  source.join();
  BOOST_TEST(reader.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_fork_child_can_use_neither_role) {
  auto const ch = channel::create_anonymous({.kind = kind::stream});
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  writer.write(support::bytes_of("mine"));
  {
    support::child fork([&] {
      std::byte b{};
      bool const forked = writer.prepare(1).status == status::forked && writer.commit(0).status == status::forked &&
                          writer.write({&b, 1}).status == status::forked &&
                          writer.read_from(0).status == status::forked && reader.data().status == status::forked &&
                          reader.try_data().status == status::forked && reader.consume(0) == status::forked &&
                          reader.read({&b, 1}).status == status::forked &&
                          reader.write_to(1).status == status::forked && reader.lag() == 0 &&
                          writer.wait_for_readers(0) == status::forked;
      auto const gone = std::move(writer);
      reader.close();
      return forked ? 0 : 1;
    });
    BOOST_TEST(fork.wait() == 0);
  }
  BOOST_TEST(support::text_of(reader.data().bytes) == "mine");
  BOOST_TEST(writer.write(support::bytes_of("still")).count == 5U);
}

#ifdef QUOIT_STEPS

namespace {

char const* fatal_step = nullptr;
int passes_left = 0;

/// Ends this process at the n-th pass of a step, as a kill would.
void die_at(char const* step, int pass) {
  fatal_step = step;
  passes_left = pass;
  sys::on_step = [](char const* name) noexcept {
    if (std::string_view(name) == fatal_step && --passes_left == 0) ::raise(SIGKILL);
  };
}

}  // namespace

BOOST_AUTO_TEST_CASE(killed_at_each_step_of_a_stream) {
  for (auto const* step :
       {"stream_floor_moved", "stream_limit_taken", "stream_advanced", "stream_signalled", "place_joined", "place_live",
        "end_named", "end_placed", "end_counted", "publisher_finished"}) {
    for (int const pass : {1, 2, 17}) {
      support::scratch_registry const scratch;
      auto const ch = channel::create("s", {.capacity = 4096, .kind = kind::stream});
      auto reader = ch.stream_reader();
      support::child writer([&] {
        auto const mine = channel::open("s");
        die_at(step, pass);
        for (int i = 0; i < 20; ++i) {
          auto w = mine.stream_writer();
          write_until(w, w.position() + 2000, static_cast<std::uint64_t>(pass));
        }
        return 0;
      });
      std::uint64_t position = 0;
      std::uint64_t ends = 0;
      while (ends < 20) {
        bool const over = writer.has_ended();
        auto const unread = reader.data(1, 1s);
        if (unread.status == status::timeout && !over) continue;
        if (unread.status == status::timeout) break;
        if (unread.status == status::died) break;
        if (unread.status == status::closed) {
          BOOST_REQUIRE(position == ++ends * 2000);
          continue;
        }
        BOOST_REQUIRE(support::is_from(position, unread.bytes));
        position += unread.bytes.size();
        reader.consume(unread.bytes.size());
      }
      auto const how = writer.wait();
      BOOST_REQUIRE((how == 0 || how == -SIGKILL));
      // Whatever was left behind, it goes on.
      auto w = ch.stream_writer();
      write_until(w, w.position() + 10'00, 1);
      w.close();
      for (bool closed = false; !closed;) {
        auto const unread = reader.data(1);
        closed = unread.status == status::closed && reader.lag() == 0;
        BOOST_REQUIRE(support::is_from(position, unread.bytes));
        position += unread.bytes.size();
        reader.consume(unread.bytes.size());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(readers_killed_at_each_step_hold_up_nobody) {
  for (auto const* step :
       {"join_cursor_set", "place_live", "join_looked_again", "stream_consumed", "sleeper_announced", "place_left"}) {
    for (int const pass : {1, 3}) {
      support::scratch_registry const scratch;
      auto const ch = channel::create("s", {.capacity = 4096, .kind = kind::stream});
      support::child reader([&] {
        auto const mine = channel::open("s");
        die_at(step, pass);
        for (int i = 0; i < 5; ++i) {
          auto r = mine.stream_reader();
          for (int k = 0; k < 3; ++k) r.consume(r.data(1, 2ms, waiting::sleep).bytes.size() / 2);
        }
        return 0;
      });
      auto w = ch.stream_writer();
      auto other = ch.stream_reader();
      for (int i = 0; i < 2000; ++i) {
        BOOST_REQUIRE(w.write(support::bytes_of("0123456789")).count == 10U);
        BOOST_REQUIRE(other.data(10).bytes.size() == 10U);
        BOOST_REQUIRE(other.consume(10) == status::ok);
      }
      auto const how = reader.wait();
      BOOST_REQUIRE((how == 0 || how == -SIGKILL));
      w.wait_for_readers(2, 0ns);  // looks for the dead
      BOOST_REQUIRE(ch.participants().size() == 2U);
    }
  }
}

#endif

BOOST_AUTO_TEST_SUITE_END()
