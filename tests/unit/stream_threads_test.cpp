// SPDX-License-Identifier: BSL-1.0
// Writer and readers of a stream as threads on one mapping, for ThreadSanitizer: it sees addresses, not pages.
#include <atomic>
#include <thread>
#include <vector>

#include "build_kind.hpp"
#include "expect_error.hpp"
#include "quoit/quoit.hpp"
#include "stream_bytes.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t total = 20'000'000 / support::slower;

void write_until(stream_writer& writer, std::uint64_t last, std::uint64_t seed) {
  support::random random(seed);
  while (writer.position() < last) {
    auto const size = std::min(1 + random.below(2000), last - writer.position());
    auto const room = writer.prepare(size, forever, random.below(3) == 0 ? waiting::sleep : waiting::spin);
    if (!room) std::abort();
    support::fill_from(writer.position(), room.bytes);
    if (!writer.commit(size)) std::abort();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_threads_test)

BOOST_AUTO_TEST_CASE(three_ways_of_reading) {
  auto const ch = channel::create_anonymous({.capacity = 8192, .kind = kind::stream});
  std::atomic<int> errors{0};
  std::vector<std::thread> threads;
  for (std::uint64_t way = 0; way < 3; ++way) {
    threads.emplace_back([&, way, reader = ch.stream_reader()]() mutable {
      support::random random(way);
      std::vector<std::byte> copy(1000);
      for (std::uint64_t position = 0; position < total;) {
        std::size_t n = 0;
        if (way == 0) {
          n = reader.read(copy).count;
          errors += !support::is_from(position, std::span(copy).first(n));
        } else {
          auto const unread = reader.data(way == 1 ? 1 : std::min<std::uint64_t>(3000, total - position));
          errors += !unread || !support::is_from(position, unread.bytes);
          n = way == 1 ? 1 + random.below(unread.bytes.size()) : unread.bytes.size();
          errors += reader.consume(n) != status::ok;
        }
        position += n;
        if (errors != 0) return reader.close();
      }
      errors += reader.data().status != status::closed;
    });
  }
  auto writer = ch.stream_writer();
  write_until(writer, total, 1);
  writer.close();
  for (auto& t : threads) t.join();
  BOOST_TEST(errors == 0);
}

BOOST_AUTO_TEST_CASE(readers_join_and_leave_while_writers_succeed_each_other) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream, .slots = 4});
  std::atomic<bool> done{false};
  std::atomic<int> errors{0};
  std::atomic<int> joins{0};
  std::vector<std::thread> joiners;
  for (std::uint64_t k = 0; k < 2; ++k) {
    joiners.emplace_back([&, k] {
      support::random random(k);
      while (!done) {
        auto reader = ch.stream_reader({.start = random.below(2) == 0 ? oldest : next});
        ++joins;
        auto position = reader.position();
        for (auto n = random.below(30); n > 0; --n) {
          auto const unread = reader.data(1 + random.below(500), 1ms);
          errors += !support::is_from(position, unread.bytes);
          // Every writer writes 5000 bytes: a span that crosses an end would cross a multiple of that.
          errors += !unread.bytes.empty() && position / 5000 != (position + unread.bytes.size() - 1) / 5000;
          auto const size = random.below(unread.bytes.size() + 1);
          errors += reader.consume(size) != status::ok;
          position += size;
        }
      }
    });
  }
  for (std::uint64_t written = 0; written < total / 2 || joins <= 10;) {
    try {
      auto writer = ch.stream_writer();
      write_until(writer, written + 5000, written);
      written += 5000;
    } catch (error const& e) {
      // A reader may have slept through the last 23 writers.
      if (e.code() != make_error_code(errc::busy)) throw;
      std::this_thread::yield();
    }
  }
  done = true;
  for (auto& t : joiners) t.join();
  BOOST_TEST(errors == 0);
  BOOST_TEST(ch.participants().empty());
}

BOOST_AUTO_TEST_CASE(no_wake_is_lost) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  constexpr int rounds = 5'000 / support::slower;
  std::thread source([&] {
    std::vector<std::byte> const lap(4096);
    for (int i = 0; i < rounds; ++i) writer.write(lap, forever, waiting::sleep);
  });
  for (std::uint64_t left = 4096U * rounds; left > 0;) {
    auto const unread = reader.data(1, forever, waiting::sleep);
    BOOST_REQUIRE(unread);
    left -= unread.bytes.size();
    reader.consume(unread.bytes.size());
  }
  source.join();
  std::uint64_t overslept = 0;
  for (auto const& p : ch.participants()) overslept += p.overslept;
  BOOST_TEST(overslept <= 2U);
}

BOOST_AUTO_TEST_SUITE_END()
