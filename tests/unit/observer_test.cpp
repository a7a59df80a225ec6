// SPDX-License-Identifier: BSL-1.0
// An observer's numbers against a known state, what it reads, and that it changes nothing; hostile words.
#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "resources.hpp"
#include "scratch_registry.hpp"
#include "segment/geometry.hpp"
#include "system/calls.hpp"
#include "system/descriptor.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

channel make(std::uint32_t publishers = 1, channel_options o = {.capacity = 4096, .records = 16}) {
  o.publishers = publishers;
  return channel::create_anonymous(o);
}

observer look_at(channel const& ch) { return observer::from_handles(ch.native_handles()); }

void publish(publisher& pub, std::uint64_t number, std::size_t size = 40) {
  auto room = pub.try_reserve(size);
  support::fill(room.bytes(), number);
  room.tag(static_cast<std::uint32_t>(number) + 7);
  BOOST_REQUIRE(room.commit().sequence == number);
}

observed_participant const& in_slot(channel_sample const& s, std::uint32_t slot) {
  auto const at = std::find_if(s.participants.begin(), s.participants.end(), [&](auto& p) { return p.slot == slot; });
  BOOST_REQUIRE((at != s.participants.end()));
  return *at;
}

/// All bytes of the header, read as a file.
std::string header_of(channel const& ch) {
  struct stat st {};
  BOOST_REQUIRE(::fstat(ch.native_handles().header, &st) == 0);
  std::string all(static_cast<std::size_t>(st.st_size), '\0');
  BOOST_REQUIRE(::pread(ch.native_handles().header, all.data(), all.size(), 0) == static_cast<ssize_t>(all.size()));
  return all;
}

/// How many of this process's mappings of channels can be written to.
std::size_t writable_mappings() {
  std::size_t n = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    n += line.find("quoit-") != std::string::npos && line.find(" rw-s ") != std::string::npos;
  }
  return n;
}

/// Sequence numbers and payloads that a reading handed over, verified.
std::vector<std::uint64_t> numbers(observer const& o, std::uint64_t from, observed_reading& came_to) {
  std::vector<std::uint64_t> all;
  came_to = o.read(from, [&](observed_record const& r) {
    BOOST_TEST(support::verify(r.bytes, r.sequence));
    BOOST_TEST(r.tag == r.sequence + 7);
    all.push_back(r.sequence);
  });
  return all;
}

std::atomic<std::uint64_t> calls{0};

}  // namespace

BOOST_AUTO_TEST_SUITE(observer_test)

BOOST_AUTO_TEST_CASE(an_empty_channel) {
  for (std::uint32_t const publishers : {1U, 3U}) {
    auto const ch = make(publishers);
    auto const o = look_at(ch);
    auto const s = o.sample();
    BOOST_TEST(s.status == status::ok);
    BOOST_TEST(s.head == 1U);
    BOOST_TEST(s.floor == 1U);
    BOOST_TEST(s.records == 0U);
    BOOST_TEST(s.bytes == 0U);
    BOOST_TEST(s.ends == 0U);
    BOOST_TEST(!s.retired);
    BOOST_TEST(s.participants.empty());
    BOOST_TEST(!s.slowest);
    BOOST_TEST(s.room_bytes == 4096U);
    BOOST_TEST(s.room_records == 15U);
    BOOST_TEST(o.info().capacity == 4096U);
    BOOST_TEST(o.info().uuid == ch.info().uuid);
    observed_reading r;
    BOOST_TEST(numbers(o, 0, r).empty());
    BOOST_TEST(r.status == status::ok);
    BOOST_TEST(r.next == 1U);
  }
}

BOOST_AUTO_TEST_CASE(all_numbers_of_a_known_state) {
  for (std::uint32_t const publishers : {1U, 3U}) {
    auto const ch = make(publishers);
    auto const o = look_at(ch);
    auto pub = ch.publisher({.label = "camera"});
    auto slow = ch.subscriber({.label = "slow"});
    auto fast = ch.subscriber({.delivery = lossy, .label = "fast"});
    for (std::uint64_t i = 1; i <= 5; ++i) publish(pub, i);  // 64 bytes of ring each
    BOOST_TEST(slow.receive().sequence() == 1U);
    for (int i = 0; i < 4; ++i) fast.receive();
    auto const before = sys::monotonic_now();
    auto const s = o.sample();
    BOOST_TEST(s.status == status::ok);
    BOOST_TEST(s.time >= before);
    BOOST_TEST(s.time <= sys::monotonic_now());
    BOOST_TEST(s.head == 6U);
    BOOST_TEST(s.floor == 1U);
    BOOST_TEST(s.records == 5U);
    BOOST_TEST(s.bytes == 320U);
    BOOST_TEST(s.head_position - s.floor_position == 320U);
    BOOST_TEST(s.limited_by_records);  // 5 of 15, and 320 of 4096
    BOOST_REQUIRE(s.participants.size() == 3U);
    auto const& p = in_slot(s, 0);
    BOOST_TEST((p.role == participant_info::role::publisher));
    BOOST_TEST((p.state == participant_state::live));
    BOOST_TEST(p.label == "camera");
    BOOST_TEST(p.pid == ::getpid());
    BOOST_TEST(p.start_time != 0U);
    BOOST_TEST(p.messages == 5U);
    BOOST_TEST(p.bytes == 200U);
    BOOST_TEST(p.position == 6U);
    auto const& reliable_one = in_slot(s, publishers);
    BOOST_TEST(reliable_one.label == "slow");
    BOOST_TEST((reliable_one.delivery == delivery::reliable));
    BOOST_TEST(reliable_one.position == 2U);
    BOOST_TEST(reliable_one.lag == 4U);
    BOOST_TEST((reliable_one.lag_bytes == 256U));
    BOOST_TEST(reliable_one.waiting_since == 0);
    auto const lossy_one = std::find_if(s.participants.begin(), s.participants.end(),
                                        [](auto& l) { return l.delivery == delivery::lossy; });
    BOOST_TEST((lossy_one->lag_bytes == lossy_one->lag * 64));
    BOOST_REQUIRE(s.slowest);
    BOOST_TEST(*s.slowest == publishers);
    BOOST_TEST(s.room_bytes == 4096U - 256U);
    BOOST_TEST(s.room_records == 15U - 4U);
    BOOST_TEST(!s.held_up_by);
  }
}

BOOST_AUTO_TEST_CASE(the_room_it_tells_is_the_room_there_is) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = make(publishers);
    auto const o = look_at(ch);
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    support::random random(5);
    std::uint64_t number = 0;
    for (int round = 0; round < 400; ++round) {
      auto const s = o.sample();
      auto const size = random.below(900);
      auto const extent = (size + 16 + 15) & ~std::uint64_t{15};
      bool const fits = s.room_records >= 1 && s.room_bytes >= extent;
      auto room = pub.try_reserve(size);
      BOOST_REQUIRE(bool(room) == fits);
      if (room) {
        support::fill(room.bytes(), ++number);
        room.commit();
      }
      for (auto n = random.below(3); n > 0; --n) sub.try_receive();
    }
    BOOST_TEST(number > 100U);
  }
}

BOOST_AUTO_TEST_CASE(full_by_bytes_and_by_records) {
  auto const ch = make();
  auto const o = look_at(ch);
  auto pub = ch.publisher();
  publish(pub, 1, 2000);
  BOOST_TEST(!o.level().limited_by_records);
  for (std::uint64_t i = 2; i <= 7; ++i) publish(pub, i, 0);
  BOOST_TEST(!o.level().limited_by_records);  // 7 of 15, and 2112 of 4096
  publish(pub, 8, 0);
  BOOST_TEST(o.level().limited_by_records);  // 8 of 15, and 2128 of 4096
}

BOOST_AUTO_TEST_CASE(it_reads_what_is_kept_and_tells_what_is_lost) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = make(publishers);
    auto const o = look_at(ch);
    auto pub = ch.publisher();
    observed_reading r;
    for (std::uint64_t i = 1; i <= 200; ++i) publish(pub, i, i % 3 == 0 ? 500 : 17);
    auto const kept = numbers(o, 0, r);
    BOOST_REQUIRE(!kept.empty());
    BOOST_TEST(kept.back() == 200U);
    BOOST_TEST(kept.front() == o.level().floor);
    BOOST_TEST(kept.size() == o.level().records);
    BOOST_TEST(r.next == 201U);
    BOOST_TEST(r.lost == 0U);
    BOOST_TEST(r.count == kept.size());
    auto const from_the_first = numbers(o, 1, r);
    BOOST_TEST(from_the_first == kept);
    BOOST_TEST(r.lost == kept.front() - 1);
    BOOST_TEST(numbers(o, r.next, r).empty());
    std::vector<std::uint64_t> last;
    o.read_last(2, [&](observed_record const& m) { last.push_back(m.sequence); });
    BOOST_TEST((last == std::vector<std::uint64_t>{199, 200}));
    r = o.read(
        0, [](observed_record const&) {}, 1);
    BOOST_TEST(r.count == 1U);
    BOOST_TEST(r.next == kept.front() + 1);
  }
}

BOOST_AUTO_TEST_CASE(batches_discarded_and_empty_messages) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = make(publishers, {.capacity = 4096, .records = 16, .timestamps = true});
    auto const o = look_at(ch);
    auto pub = ch.publisher();
    auto b = pub.reserve_batch(4, 400);
    for (auto const* text : {"one", "", "three"}) BOOST_REQUIRE(b.add(support::bytes_of(text), 3) == status::ok);
    b.commit();
    { auto const discarded = pub.reserve(30); }
    auto shrunk = pub.reserve(500);
    std::fill(shrunk.bytes().begin(), shrunk.bytes().end(), std::byte{'z'});
    shrunk.commit(2);
    pub.publish({});
    std::vector<std::string> seen;
    std::vector<std::uint32_t> indices;
    auto const r = o.read(0, [&](observed_record const& m) {
      seen.push_back(support::text_of(m.bytes));
      indices.push_back(m.index);
      BOOST_TEST(m.time > 0);
      BOOST_TEST(m.publisher.generation == 1U);
    });
    BOOST_TEST((seen == std::vector<std::string>{"one", "", "three", "zz", ""}));
    BOOST_TEST((indices == std::vector<std::uint32_t>{0, 1, 2, 0, 0}));
    BOOST_TEST(r.status == status::ok);
    BOOST_TEST(o.level().newest_time > 0);
    // A batch is not cut.
    BOOST_TEST(o.read(
                    0, [](observed_record const&) {}, 1)
                   .count == 3U);
  }
}

BOOST_AUTO_TEST_CASE(who_holds_up_delivery) {
  auto const ch = make(3);
  auto const o = look_at(ch);
  auto first = ch.publisher({.label = "first"});
  auto second = ch.publisher();
  auto held = first.reserve(10);
  publish(second, 2);
  publish(second, 3);
  auto const s = o.sample();
  BOOST_TEST(s.head == 4U);
  BOOST_REQUIRE(s.held_up_by);
  BOOST_TEST(s.held_up_by->sequence == 1U);
  BOOST_TEST(s.held_up_by->publisher.slot == 0U);
  BOOST_TEST(s.held_up_by->behind == 2U);
  BOOST_TEST(!s.held_up_by->is_dead);
  BOOST_TEST(o.read(0, [](observed_record const&) {}).count == 0U);  // in order is in order
  held.commit();
  BOOST_TEST(!o.sample().held_up_by);
  BOOST_TEST(o.read(0, [](observed_record const&) {}).count == 3U);
}

BOOST_AUTO_TEST_CASE(a_lossy_subscriber_that_was_overtaken) {
  auto const ch = make(1, {.capacity = 4096, .records = 16, .timestamps = true});
  auto const o = look_at(ch);
  auto pub = ch.publisher();
  auto sub = ch.subscriber({.delivery = lossy});
  publish(pub, 1);
  BOOST_TEST((in_slot(o.sample(), 1).lag_bytes == 64U));
  BOOST_TEST(in_slot(o.sample(), 1).waiting_since == o.level().newest_time);
  for (std::uint64_t i = 2; i <= 100; ++i) publish(pub, i);
  auto const s = o.sample();
  BOOST_TEST(in_slot(s, 1).lag == 100U);
  BOOST_TEST(!in_slot(s, 1).lag_bytes);
  BOOST_TEST(in_slot(s, 1).waiting_since == 0);
  BOOST_TEST(!s.slowest);
}

BOOST_AUTO_TEST_CASE(a_stream) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  auto const o = look_at(ch);
  auto writer = ch.stream_writer();
  auto reader = ch.stream_reader();
  writer.write(support::bytes_of("hello, world"));
  auto s = o.sample();
  BOOST_TEST(s.status == status::ok);
  BOOST_TEST(s.head == 12U);
  BOOST_TEST(s.bytes == 12U);
  BOOST_TEST((in_slot(s, 1).lag_bytes == 12U));
  BOOST_TEST(s.room_bytes == 4096U - 12U);
  std::vector<std::byte> tail;
  BOOST_TEST(o.copy_last(5, tail) == 7U);
  BOOST_TEST(support::text_of(tail) == "world");
  BOOST_TEST(o.copy_last(10'000, tail) == 0U);
  BOOST_TEST(tail.size() == 12U);
  BOOST_TEST(reader.data(12).bytes.size() == 12U);
  reader.consume(12);
  BOOST_TEST((in_slot(o.sample(), 1).lag_bytes == 0U));
  auto room = writer.try_prepare(4096);
  BOOST_TEST(room.status == status::ok);
  s = o.sample();
  BOOST_TEST(s.status == status::ok);
  BOOST_TEST(s.bytes == 0U);  // a writer may be at work on all of it
  support::expect_error(
      errc::mismatch, [&] { o.read(0, [](observed_record const&) {}); }, "copy_last");
  std::vector<std::byte> none;
  support::expect_error(
      errc::mismatch, [&] { look_at(make()).copy_last(1, none); }, "read()");
}

BOOST_AUTO_TEST_CASE(the_evicted_the_closed_and_the_retired) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto const o = observer::open("x");
  BOOST_TEST(o.info().name == "x");
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  publish(pub, 1);
  BOOST_TEST(pub.evict(pub.subscribers().at(0)));
  auto s = o.sample();
  BOOST_TEST((in_slot(s, 1).state == participant_state::evicted));
  BOOST_TEST(!s.slowest);
  pub.close();
  BOOST_TEST(o.level().ends == 1U);
  channel::remove("x");
  BOOST_TEST(o.level().retired);
}

BOOST_AUTO_TEST_CASE(nothing_is_written_woken_or_left) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    support::scratch_registry const scratch;
    auto const ch = channel::create("x", {.capacity = 4096, .records = 16, .publishers = publishers});
    auto pub = ch.publisher();
    auto other = ch.subscriber();
    for (std::uint64_t i = 1; i <= 9; ++i) publish(pub, i);
    // One who is dead would be cleaned up after by anybody who takes part.
    support::child([&] {
      auto const mine = channel::open("x");
      auto sub = mine.subscriber();
      ::raise(SIGKILL);
      return 0;
    }).wait();
    auto const header = header_of(ch);
    auto const held = support::resources::now();
    auto const writable = writable_mappings();
    {
      auto const o = look_at(ch);
      BOOST_TEST(writable_mappings() == writable);
      sys::set_call_hook([](sys::call c) noexcept {
        bool const harmless = c == sys::call::fcntl_lock || c == sys::call::fstat_;
        calls.fetch_add(harmless ? 0 : 1, std::memory_order_relaxed);
        return 0;
      });
      calls = 0;
      for (int i = 0; i < 20; ++i) {
        BOOST_TEST((in_slot(o.sample(), publishers + 1).state == participant_state::dead));
        o.read(0, [](observed_record const&) {});
      }
      sys::set_call_hook(nullptr);
      BOOST_TEST(calls == 0U);
      BOOST_TEST((header_of(ch) == header));
    }
    BOOST_TEST(support::resources::now() == held);
    BOOST_TEST(ch.participants().size() == 2U);  // and now somebody has cleaned up
    BOOST_TEST((header_of(ch) != header));
  }
}

BOOST_AUTO_TEST_CASE(a_publishers_path_is_the_same_with_an_observer) {
  // The same run with and without: the same shared words, and no call of the system in either.
  auto const run = [](bool observed) {
    auto const ch = make(1, {.capacity = 64_KiB, .records = 64});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    std::atomic<bool> stop{false};
    std::atomic<bool> looking{!observed};
    std::thread watcher([&] {
      if (!observed) return;
      auto const o = look_at(ch);
      while (!stop) {
        looking = true;
        o.level();
        o.read(0, [](observed_record const&) {});
      }
    });
    while (!looking) std::this_thread::yield();
    sys::set_call_hook([](sys::call c) noexcept {
      calls.fetch_add(c == sys::call::futex_wake || c == sys::call::futex_wait ? 1 : 0, std::memory_order_relaxed);
      return 0;
    });
    calls = 0;
    std::uint64_t received = 0;
    for (std::uint64_t i = 1; i <= 20'000U / support::slower; ++i) {
      publish(pub, i, i % 300);
      received += sub.poll([](message const&) {}).count;
    }
    stop = true;
    watcher.join();
    sys::set_call_hook(nullptr);
    BOOST_TEST(calls == 0U);
    BOOST_TEST(received == 20'000U / support::slower);
    // The superblock (key, times) and what the participants' places say of their processes differ anyway; the words
    // between them do not, and the counters.
    auto const words = header_of(ch).substr(4096, 10 * 128);
    auto const all = ch.participants();
    return words + std::to_string(all.at(0).messages) + " " + std::to_string(all.at(0).sleeps) + " " +
           std::to_string(all.at(1).messages) + " " + std::to_string(all.at(1).sleeps);
  };
  BOOST_TEST((run(false) == run(true)));
}

BOOST_AUTO_TEST_CASE(what_is_read_beside_a_fast_publisher_is_whole_or_lost) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = make(publishers, {.capacity = 16_KiB, .records = 64});
    auto const o = look_at(ch);
    std::atomic<bool> stop{false};
    std::thread writer([&] {
      auto pub = ch.publisher();
      support::random random(1);
      for (std::uint64_t i = 1; !stop; ++i) {
        auto room = pub.reserve(random.below(1000));
        support::fill(room.bytes(), i);
        room.tag(support::tag_of(i, room.bytes().size()));
        room.commit();
      }
    });
    std::uint64_t next = 1;
    std::uint64_t seen = 0;
    std::uint64_t lost = 0;
    while (seen < 5000U / support::slower) {
      auto const l = o.level();
      if (l.status == status::ok) {
        BOOST_REQUIRE(l.records < 64U);
        BOOST_REQUIRE(l.bytes <= 16_KiB);
      } else {
        BOOST_REQUIRE(l.status == status::timeout);
      }
      auto const r = o.read(next, [&](observed_record const& m) {
        if (!support::verify(m.bytes, m.sequence) || m.tag != support::tag_of(m.sequence, m.bytes.size()))
          BOOST_ERROR("a torn record");
        ++seen;
      });
      BOOST_REQUIRE(r.status != status::corrupt);
      BOOST_REQUIRE(r.next >= next);
      BOOST_REQUIRE(r.lost + r.count == r.next - next);
      lost += r.lost;
      next = r.next;
    }
    stop = true;
    writer.join();
    BOOST_TEST_MESSAGE(seen << " seen, " << lost << " lost");
  }
}

BOOST_AUTO_TEST_CASE(in_a_fork_child) {
  auto const ch = make();
  auto o = look_at(ch);
  support::child([&] {
    support::require(o.level().status == status::forked, "forked");
    try {
      o.sample();
    } catch (error const& e) {
      support::require(e.code() == make_error_code(errc::forked), "forked");
      observer const moved = std::move(o);  // whose destructor does nothing
      return 42;
    }
    return 1;
  }).wait();
  BOOST_TEST(o.level().status == status::ok);
}

BOOST_AUTO_TEST_CASE(moved_from_and_default) {
  auto const ch = make();
  auto o = look_at(ch);
  auto const moved = std::move(o);
  BOOST_TEST(moved.level().status == status::ok);
  BOOST_TEST(o.level().status == status::detached);
  BOOST_TEST(!o);
  support::expect_error(
      errc::detached, [&] { o.sample(); }, "look at channel");
}

BOOST_AUTO_TEST_CASE(descriptors_that_can_only_be_read_are_enough) {
  auto const ch = make(2);
  auto pub = ch.publisher();
  publish(pub, 1);
  auto const only_read = [](int fd) {
    auto const path = "/proc/self/fd/" + std::to_string(fd);
    return sys::descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  };
  auto const header = only_read(ch.native_handles().header);
  auto const data = only_read(ch.native_handles().data);
  handles const h{header.get(), data.get()};
  auto const o = observer::from_handles(h);
  BOOST_TEST(o.sample().records == 1U);
  BOOST_TEST((in_slot(o.sample(), 0).state == participant_state::live));
  BOOST_TEST(o.read(0, [](observed_record const&) {}).count == 1U);
  BOOST_CHECK_THROW(channel::from_handles(h), error);  // which wants to take part
}

BOOST_AUTO_TEST_CASE(what_is_no_channel) {
  support::scratch_registry const scratch;
  support::expect_error(
      errc::no_such_channel, [] { observer::open("nobody"); }, "look at channel", "nobody");
  support::expect_error(errc::bad_name, [] { observer::open("a b"); });
  support::expect_error(errc::no_such_channel, [] { observer::open_file("/dev/shm/quoit-is-not-there"); });
  support::expect_error(errc::untrusted, [] { observer::open_file("/dev/shm"); });
  std::ofstream(scratch.file("note")) << std::string(5000, 'n');
  support::expect_error(errc::damaged, [&] { observer::open_file(scratch.file("note")); });
  support::expect_error(std::error_code(ENOENT, std::system_category()), [] { observer::from_handles({-1, -1}); });
}

BOOST_AUTO_TEST_CASE(hostile_words_give_numbers_at_worst) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  std::array<std::uint64_t, 12> const nasty{
      0, 1, 15, 4096, std::uint64_t{1} << 32U, 1U << 31U, most / 2, most / 4, most - 4096, most - 1, most, 0x0202};
  for (std::uint32_t const publishers : {1U, 2U, 0U}) {  // 0: a stream
    auto const ch = publishers == 0 ? channel::create_anonymous({.capacity = 4096, .kind = kind::stream, .slots = 4})
                                    : make(publishers, {.capacity = 4096, .records = 16, .slots = 4});
    std::optional<publisher> pub;
    std::optional<subscriber> sub;
    std::optional<stream_writer> writer;
    if (publishers == 0) {
      writer.emplace(ch.stream_writer());
      writer->write(support::bytes_of("some bytes"));
    } else {
      pub.emplace(ch.publisher());
      sub.emplace(ch.subscriber());
      for (std::uint64_t i = 1; i <= 7; ++i) publish(*pub, i);
    }
    auto const before = header_of(ch);
    auto const fd = ch.native_handles().header;
    auto* const words =
        static_cast<std::uint64_t*>(::mmap(nullptr, before.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    BOOST_REQUIRE(words != MAP_FAILED);
    auto* const ring = static_cast<std::uint64_t*>(
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ch.native_handles().data, 0));
    BOOST_REQUIRE(ring != MAP_FAILED);
    auto const o = look_at(ch);
    auto const look = [&] {
      auto const s = o.sample();
      BOOST_REQUIRE(s.participants.size() <= 6U);
      if (s.status == status::ok) BOOST_REQUIRE(s.bytes <= 4096U);
      std::size_t bytes = 0;
      if (publishers == 0) {
        std::vector<std::byte> copy;
        o.copy_last(5000, copy);
        bytes = copy.size();
      } else {
        o.read(0, [&](observed_record const& r) { bytes += r.bytes.size(); });
        o.read_last(3, [&](observed_record const& r) { bytes += r.bytes.size(); });
      }
      BOOST_REQUIRE(bytes <= 16 * 4096U);
    };
    // Each word in turn, then many at random.
    auto const try_each = [&](std::uint64_t& word) {
      auto const kept = word;
      for (auto const n : nasty) {
        word = n;
        look();
      }
      word = kept;
    };
    for (std::size_t i = 4096 / 8; i < before.size() / 8; ++i) try_each(words[i]);
    for (std::size_t i = 0; i < 4096 / 8; ++i) try_each(ring[i]);
    support::random random(9);
    for (int round = 0; round < 3000 / support::slower; ++round) {
      for (auto n = random.below(6); n > 0; --n) {
        auto& word =
            random.below(3) == 0 ? ring[random.below(512)] : words[512 + random.below(before.size() / 8 - 512)];
        word = random.below(2) == 0 ? nasty[random.below(nasty.size())] : word ^ (1U << random.below(20));
      }
      look();
    }
    std::copy(before.begin(), before.end(), reinterpret_cast<char*>(words));
    ::munmap(words, before.size());
    ::munmap(ring, 4096);
  }
}

BOOST_AUTO_TEST_SUITE_END()
