// SPDX-License-Identifier: BSL-1.0
// What a channel on a disk keeps when the machine goes down: what was synced, and the disk still has, whole; no more.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <signal.h>
#include <sys/mman.h>

#include "backing_kinds.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "ring/ring.hpp"
#include "scratch_registry.hpp"
#include "segment/channel_file.hpp"
#include "segment/geometry.hpp"
#include "segment/layout.hpp"
#include "segment/superblock.hpp"
#include "stream_bytes.hpp"
#include "system/byte_lock.hpp"
#include "system/calls.hpp"
#include "system/page.hpp"
#include "system/step.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

using image = std::vector<char>;

image read_file(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Writes what a disk may hold after a crash, as it was written by another boot of the machine.
void write_as_of_another_boot(std::string const& path, image bytes) {
  segment::superblock s{};
  std::memcpy(&s, bytes.data(), sizeof s);
  s.boot[0] = static_cast<std::uint8_t>(s.boot[0] + 1);
  segment::seal(s);
  std::memcpy(bytes.data(), &s, sizeof s);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Pages of the one or of the other, as the kernel may have written them back. The sync points are flushed by
/// themselves: they are those of `first`, whose last one had been written when both were taken.
image mixture(image const& first, image const& second, std::uint64_t seed, unsigned of_second) {
  auto mixed = first;
  support::random random(seed);
  auto const page = sys::page_size();
  for (std::size_t at = page; at + 2 * page < mixed.size(); at += page) {
    if (random.below(100) < of_second)
      std::copy_n(second.begin() + static_cast<std::ptrdiff_t>(at), page,
                  mixed.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return mixed;
}

struct world {
  support::scratch_registry registry;
  support::scratch_directory files;
  std::string path = files.file("ring");
};

/// Publishes messages that prove themselves, from `first` on.
void publish(publisher& pub, std::uint64_t first, std::uint64_t count, support::random& random) {
  for (auto i = first; i < first + count; ++i) {
    auto room = pub.reserve(random.below(600));
    support::fill(room.bytes(), i);
    BOOST_REQUIRE(room.commit().sequence == i);
  }
}

/// The first and the last message that is kept; all between are there and whole. {next, next - 1} if none.
std::pair<std::uint64_t, std::uint64_t> kept(channel const& ch) {
  auto sub = ch.subscriber({.start = oldest});
  auto const first = sub.position();
  auto next = first;
  for (auto m = sub.try_receive(); m.status() != status::timeout; m = sub.try_receive()) {
    if (m.status() == status::died || m.status() == status::closed) continue;
    BOOST_REQUIRE(m.status() == status::ok);
    BOOST_REQUIRE(m.sequence() == next);
    BOOST_REQUIRE(support::verify(m.bytes(), next));
    ++next;
  }
  return {first, next - 1};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_test)

BOOST_AUTO_TEST_CASE(a_clean_end_keeps_everything) {
  for (auto const capacity : {4_KiB, 64_KiB, 1_MiB}) {
    world w;
    support::random random(capacity);
    {
      auto pub = channel::create("x", {.capacity = capacity, .path = w.path}).publisher();
      publish(pub, 1, 3000, random);
    }
    write_as_of_another_boot(w.path, read_file(w.path));
    auto const ch = channel::open("x");
    auto const [first, last] = kept(ch);
    BOOST_TEST(last == 3000U);
    BOOST_TEST(first < 3000U - capacity / 1000);
    auto pub = ch.publisher();
    publish(pub, 3001, 1000, random);
    BOOST_TEST(kept(ch).second == 4000U);
  }
}

BOOST_AUTO_TEST_CASE(a_clean_end_is_told_as_one_until_somebody_publishes_again) {
  enum class then { nothing, joins, publishes, closes };
  for (bool const many : {false, true}) {
    for (auto const next : {then::nothing, then::joins, then::publishes, then::closes}) {
      world w;
      support::random random(3);
      channel_options const options{.path = w.path, .publishers = many ? 2U : 1U};
      {
        auto pub = channel::create("x", options).publisher();
        publish(pub, 1, 10, random);
      }
      if (next != then::nothing) {
        support::child other([&] {
          auto ch = channel::open("x");
          auto pub = ch.publisher();
          if (next != then::joins) pub.publish(support::bytes_of("more"));
          if (next == then::closes) {
            pub.close();
            ch.close();
          }
          ::raise(SIGKILL);
          return 0;
        });
        BOOST_TEST(other.wait() == -SIGKILL);
      }
      write_as_of_another_boot(w.path, read_file(w.path));
      auto sub = channel::open("x").subscriber({.start = oldest});
      std::uint64_t last = 0;
      auto m = sub.try_receive();
      for (; m; m = sub.try_receive()) last = m.sequence();
      BOOST_TEST_CONTEXT(static_cast<int>(next)) {
        BOOST_TEST(last == (next == then::closes ? 11U : 10U));
        BOOST_TEST(m.status() == (next == then::nothing || next == then::closes ? status::closed : status::died));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sync_with_nobody_publishing_is_a_clean_end_too) {
  world w;
  auto const ch = channel::create("x", {.kind = stream, .path = w.path});
  auto writer = ch.stream_writer();
  writer.write(support::bytes_of("abc"));
  writer.close();
  ch.sync();
  auto const clean = read_file(w.path);
  writer = ch.stream_writer();
  auto const used = read_file(w.path);
  writer.abandon();
  ch.sync();
  auto const abandoned = read_file(w.path);
  channel::remove("x");
  for (auto const& [bytes, how] :
       {std::pair(&clean, status::closed), std::pair(&used, status::died), std::pair(&abandoned, status::died)}) {
    write_as_of_another_boot(w.path, *bytes);
    auto const again = channel::open_or_create("x", {.kind = stream, .path = w.path});
    auto reader = again.stream_reader({.start = oldest});
    BOOST_TEST(reader.try_data().bytes.size() == 3U);
    reader.consume(3);
    BOOST_TEST(reader.try_data().status == how);
    channel::remove("x");
  }
}

BOOST_AUTO_TEST_CASE(only_what_was_synced_is_kept_and_sequence_numbers_go_on_behind_it) {
  world w;
  support::random random(1);
  image crashed;
  {
    auto const ch = channel::create("x", {.capacity = 64_KiB, .path = w.path});
    auto pub = ch.publisher();
    publish(pub, 1, 50, random);
    ch.sync();
    publish(pub, 51, 30, random);
    crashed = read_file(w.path);
  }
  write_as_of_another_boot(w.path, crashed);
  auto const ch = channel::open("x");
  BOOST_TEST((kept(ch) == std::pair<std::uint64_t, std::uint64_t>{1, 50}));
  // The end of the publisher that went with the machine is told once, to those who read the history.
  auto sub = ch.subscriber({.start = oldest});
  status last = status::ok;
  for (auto m = sub.try_receive(); m.status() != status::timeout; m = sub.try_receive()) last = m.status();
  BOOST_TEST(last == status::died);
  auto pub = ch.publisher();
  publish(pub, 51, 5, random);
  BOOST_TEST(kept(ch).second == 55U);
}

BOOST_AUTO_TEST_CASE(batches_are_kept_as_what_they_are) {
  world w;
  image crashed;
  {
    auto const ch = channel::create("x", {.capacity = 64_KiB, .path = w.path});
    auto pub = ch.publisher();
    for (int i = 0; i < 10; ++i) {
      auto batch = pub.reserve_batch(3, 30);
      for (auto const* text : {"a", "b", "c"}) batch.add(support::bytes_of(text));
      BOOST_REQUIRE(batch.commit().status == status::ok);
    }
    ch.sync();
    crashed = read_file(w.path);
  }
  write_as_of_another_boot(w.path, crashed);
  auto sub = channel::open("x").subscriber({.start = oldest});
  int count = 0;
  while (sub.try_receive()) ++count;
  BOOST_TEST(count == 30);
}

BOOST_AUTO_TEST_CASE(an_open_reservation_of_one_of_many_does_not_uncover_what_came_before_it) {
  world w;
  image crashed;
  {
    auto const ch = channel::create("x", {.capacity = 64_KiB, .path = w.path, .publishers = 3});
    auto pub = ch.publisher();
    auto other = ch.publisher();
    support::random random(1);
    publish(pub, 1, 50, random);
    auto held = other.reserve(100);
    publish(pub, 52, 10, random);
    ch.sync();
    crashed = read_file(w.path);
  }
  write_as_of_another_boot(w.path, crashed);
  auto const ch = channel::open("x");
  auto sub = ch.subscriber({.start = oldest});
  BOOST_TEST(sub.position() == 1U);
  std::uint64_t last = 0;
  for (auto m = sub.try_receive(); m; m = sub.try_receive()) {
    BOOST_TEST(support::verify(m.bytes(), m.sequence()));
    last = m.sequence();
  }
  BOOST_TEST(last >= 50U);
  BOOST_TEST(ch.publisher().publish(support::bytes_of("x")).sequence == last + 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_of_what_was_never_synced) {
  world w;
  image crashed;
  {
    auto pub = channel::create("x", {.capacity = 4_KiB, .path = w.path}).publisher();
    pub.publish(support::bytes_of("x"));
    crashed = read_file(w.path);
  }
  write_as_of_another_boot(w.path, crashed);
  auto const ch = channel::open("x");
  BOOST_TEST((kept(ch) == std::pair<std::uint64_t, std::uint64_t>{1, 0}));
  BOOST_TEST(ch.publisher().publish(support::bytes_of("y")).sequence == 1U);
}

BOOST_AUTO_TEST_CASE(of_any_mixture_of_old_and_new_pages_only_what_is_whole_is_kept) {
  std::uint64_t some = 0;
  std::uint64_t all = 0;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    world w;
    support::random random(seed);
    image synced;
    image crashed;
    auto const before = 1 + random.below(400);
    auto const after = random.below(400);
    {
      auto const ch = channel::create("x", {.capacity = 64_KiB, .path = w.path, .records = seed % 2 == 0 ? 64 : 1024});
      auto pub = ch.publisher();
      publish(pub, 1, before, random);
      ch.sync();
      synced = read_file(w.path);
      publish(pub, before + 1, after, random);
      crashed = read_file(w.path);
    }
    write_as_of_another_boot(w.path, mixture(synced, crashed, seed, static_cast<unsigned>(random.below(101))));
    auto const ch = channel::open("x");
    auto const [first, last] = kept(ch);
    BOOST_REQUIRE(last == before);
    some += first <= last;
    all += last + 1 - first;
    auto pub = ch.publisher();
    publish(pub, before + 1, 300, random);  // more than a lap: no remnant is taken for a record
    BOOST_REQUIRE(kept(ch).second == before + 300);
  }
  BOOST_TEST(some > 30U);
  BOOST_TEST(all > 1000U);
}

BOOST_AUTO_TEST_CASE(a_stream_keeps_its_newest_whole_part) {
  std::uint64_t all = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    world w;
    support::random random(seed);
    image synced;
    image crashed;
    auto const before = random.below(200'000);
    {
      auto const ch = channel::create("s", {.capacity = 64_KiB, .kind = kind::stream, .path = w.path});
      auto writer = ch.stream_writer();
      auto const write = [&](std::uint64_t bytes) {
        std::vector<std::byte> some(bytes);
        support::fill_from(writer.position(), some);
        writer.write(some);
      };
      write(before);
      ch.sync();
      synced = read_file(w.path);
      write(random.below(100'000));
      crashed = read_file(w.path);
    }
    write_as_of_another_boot(w.path, mixture(synced, crashed, seed, 50));
    auto reader = channel::open("s").stream_reader({.start = oldest});
    auto const from = reader.position();
    auto const unread = reader.try_data();
    BOOST_REQUIRE(from + unread.bytes.size() == before);
    BOOST_REQUIRE(support::is_from(from, unread.bytes));
    all += unread.bytes.size();
  }
  BOOST_TEST(all > 500'000U);
}

BOOST_AUTO_TEST_CASE(a_sync_under_full_load_covers_what_it_says) {
  world w;
  image crashed;
  {
    auto const ch = channel::create("x", {.capacity = 256_KiB, .path = w.path});
    support::child publisher([&] {
      auto pub = channel::open("x").publisher();
      for (std::uint64_t i = 1;; ++i) {
        auto room = pub.reserve(i % 600);
        support::fill(room.bytes(), i);
        room.commit();
      }
      return 0;
    });
    auto sub = ch.subscriber();
    for (int i = 0; i < 20; ++i) {
      for (int k = 0; k < 1000; ++k) support::require(sub.receive().status() == status::ok, "receive");
      ch.sync();
    }
    crashed = read_file(w.path);
    publisher.kill();
  }
  write_as_of_another_boot(w.path, crashed);
  auto const [first, last] = kept(channel::open("x"));
  BOOST_TEST(last >= 10'000U);
  BOOST_TEST_MESSAGE("kept are " << first << " to " << last);
}

BOOST_AUTO_TEST_CASE(what_is_written_over_during_a_sync_is_not_covered) {
  world w;
  image crashed;
  {
    auto const ch = channel::create("s", {.capacity = 64_KiB, .kind = kind::stream, .path = w.path});
    auto writer = ch.stream_writer();
    auto const write = [&](std::uint64_t bytes) {
      std::vector<std::byte> some(bytes);
      support::fill_from(writer.position(), some);
      writer.write(some);
    };
    write(100'000);
    static std::function<void()> meanwhile;
    meanwhile = [&] { write(20'000); };
    sys::set_call_hook([](sys::call c) noexcept {
      if (c == sys::call::fdatasync_ && meanwhile) std::exchange(meanwhile, nullptr)();
      return 0;
    });
    ch.sync();
    sys::set_call_hook(nullptr);
    crashed = read_file(w.path);
  }
  write_as_of_another_boot(w.path, crashed);
  auto reader = channel::open("s").stream_reader({.start = oldest});
  auto const from = reader.position();
  auto const unread = reader.try_data();
  BOOST_TEST(from + unread.bytes.size() == 100'000U);
  BOOST_TEST(unread.bytes.size() > 40'000U);
  BOOST_TEST(support::is_from(from, unread.bytes));
}

BOOST_AUTO_TEST_CASE(hostile_sync_points_and_descriptors_lead_nowhere) {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    world w;
    support::random random(seed);
    image crashed;
    {
      auto const ch = channel::create("x", {.capacity = 16_KiB, .path = w.path});
      auto pub = ch.publisher();
      publish(pub, 1, 100, random);
      ch.sync();
      crashed = read_file(w.path);
    }
    for (int i = 0; i < 200; ++i) {  // anything but the superblock may hold anything
      auto const at = sys::page_size() + random.below(crashed.size() - sys::page_size() - 8) / 8 * 8;
      std::uint64_t const word = i % 2 == 0 ? random() : random.below(300);
      std::memcpy(crashed.data() + at, &word, sizeof word);
    }
    write_as_of_another_boot(w.path, crashed);
    try {
      auto const ch = channel::open("x");
      auto sub = ch.subscriber({.start = oldest});
      for (int i = 0; i < 200; ++i) {
        if (sub.try_receive().status() == status::corrupt) break;
      }
      ch.publisher().publish(support::bytes_of("x"));
    } catch (error const&) {
      // errc::damaged will do, too
    }
  }
}

namespace {

/// What an intruder, who keeps the file mapped, does between two calls of one who takes it up: to the end of the record
/// before the only one, just before the n-th read of the file. A write too many fails, so that no test hangs.
struct intrusion {
  std::atomic<std::uint64_t>* word = nullptr;
  int before_read = 0;
  int reads = 0;
  int writes = 0;
};
intrusion intruder;

int intrude(sys::call c) noexcept {
  if (c == sys::call::pread_ && ++intruder.reads == intruder.before_read) *intruder.word = std::uint64_t{1} << 62U;
  return c == sys::call::pwrite_ && ++intruder.writes > 1000 ? EIO : 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_who_writes_while_a_file_is_taken_up_gets_nothing_erased_for_ever) {
  for (int nth = 1, last = 2; nth <= last; ++nth) {
    world w;
    {
      auto const ch = channel::create("x", {.capacity = 4_KiB, .path = w.path});
      ch.publisher().publish(support::bytes_of("x"));
    }
    write_as_of_another_boot(w.path, read_file(w.path));
    sys::descriptor const fd(::open(w.path.c_str(), O_RDWR));
    segment::superblock s{};
    BOOST_REQUIRE(::pread(fd.get(), &s, sizeof s, 0) == static_cast<ssize_t>(sizeof s));
    segment::geometry const g(s.rules);
    auto* const all =
        static_cast<std::byte*>(::mmap(nullptr, g.file_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0));
    BOOST_REQUIRE(all != MAP_FAILED);
    ring::ring const r(g, s.key, all + g.hot_at, fd.get(), sys::identify(fd.get()));
    intruder = {&r.record(0).b, nth};
    sys::set_call_hook(intrude);
    try {
      channel::open("x");
    } catch (error const& e) {
      BOOST_TEST(e.code() == errc::damaged, e.what());
    }
    sys::set_call_hook(nullptr);
    last = intruder.reads;
    BOOST_TEST(intruder.writes < 100, "before read " << nth);
    ::munmap(all, g.file_size);
  }
}

BOOST_AUTO_TEST_CASE(a_sync_waits_for_another_one_but_not_for_ever) {
  world w;
  auto const ch = channel::create("x", {.capacity = 4_KiB, .path = w.path});
  support::gate locked;
  support::child other([&] {
    auto const lock = segment::lock_file(channel::open("x").native_handles().header, segment::file_work::sync);
    locked.open();
    ::pause();
    return 0;
  });
  locked.pass();
  other.stop();
  support::expect_error(
      errc::busy, [&] { ch.sync(); }, "is it stopped?");
  other.kill();
  BOOST_CHECK_NO_THROW(ch.sync());
}

BOOST_AUTO_TEST_CASE(memory_that_is_no_file_has_nothing_to_sync) {
  support::scratch_registry const scratch;
  BOOST_CHECK_NO_THROW(channel::create("x").sync());
}

#ifdef QUOIT_STEPS
BOOST_AUTO_TEST_CASE(a_kill_while_it_is_synced_or_taken_up_costs_nothing_that_was_covered) {
  static std::string fatal;
  for (char const* const step : {"sync_flushed", "sync_written", "restored", "taken_up"}) {
    world w;
    support::random random(7);
    image synced;
    {
      auto const ch = channel::create("x", {.capacity = 64_KiB, .path = w.path});
      auto pub = ch.publisher();
      publish(pub, 1, 60, random);
      ch.sync();
      publish(pub, 61, 5, random);
      synced = read_file(w.path);
    }
    write_as_of_another_boot(w.path, synced);
    support::child killed([&] {
      fatal = step;
      sys::on_step = [](char const* name) noexcept {
        if (fatal == name) ::raise(SIGKILL);
      };
      channel::open("x").sync();
      return 0;
    });
    BOOST_TEST(killed.wait() == -SIGKILL);
    write_as_of_another_boot(w.path, read_file(w.path));  // and again
    BOOST_TEST_CONTEXT(step) BOOST_TEST((kept(channel::open("x")) == std::pair<std::uint64_t, std::uint64_t>{1, 60}));
  }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
