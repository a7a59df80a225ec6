// SPDX-License-Identifier: BSL-1.0
// The same for every backing: messages, a stream, a death, a name taken over, bad input.
#include <functional>
#include <string>
#include <vector>

#include <unistd.h>

#include "backing_kinds.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "huge_pages.hpp"
#include "quoit/quoit.hpp"
#include "resources.hpp"
#include "scratch_registry.hpp"
#include "stream_bytes.hpp"
#include "system_v_segments.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

using support::memory_choice;

/// Runs `f` with each kind of memory that can be had here.
void with_each(std::function<void(memory_choice const&)> const& f) {
  for (auto const k : support::memory_kinds()) {
    memory_choice const choice(k);
    if (!choice.available()) {
      BOOST_TEST_MESSAGE("SKIPPED for hugetlb: no huge pages here, and no right to get some");
      continue;
    }
    BOOST_TEST_CONTEXT(to_string(k)) {
      support::scratch_registry const scratch;
      auto const before = support::resources::now();
      f(choice);
      BOOST_TEST(support::resources::now() == before);
      BOOST_TEST(support::system_v_segments_of({::getpid()}) == 0U);
      if (!choice.is_file()) BOOST_TEST(scratch.files() == 0U);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backings_test)

BOOST_AUTO_TEST_CASE(messages_pass_between_processes) {
  with_each([](memory_choice const& c) {
    auto const ch = channel::create("x", c.options());
    BOOST_TEST((ch.info().backing == c.backing()));
    BOOST_TEST(ch.info().capacity == 2_MiB);
    constexpr std::uint64_t count = 3000;
    support::child reader([&] {
      auto sub = channel::open("x", c.options()).subscriber();
      for (std::uint64_t i = 1; i <= count; ++i) {
        auto const m = sub.receive();
        support::require(m && m.sequence() == i && support::verify(m.bytes(), i), "message");
      }
      return sub.receive().status() == status::closed ? 0 : 1;
    });
    auto pub = ch.publisher();
    BOOST_REQUIRE(pub.wait_for_subscribers(1) == status::ok);
    support::random random(1);
    for (std::uint64_t i = 1; i <= count; ++i) {
      auto room = pub.reserve(i % 500 == 0 ? pub.max_payload() : random.below(5000));
      support::fill(room.bytes(), i);
      BOOST_REQUIRE(room.commit().sequence == i);
    }
    pub.close();
    BOOST_TEST(reader.wait() == 0);
  });
}

BOOST_AUTO_TEST_CASE(a_stream_passes_between_processes) {
  with_each([](memory_choice const& c) {
    auto options = c.options();
    options.kind = kind::stream;
    auto const ch = channel::create("s", options);
    constexpr std::uint64_t bytes = 20'000'000;
    support::child reader([&] {
      auto r = channel::open("s").stream_reader();
      std::uint64_t position = 0;
      for (;;) {
        auto const unread = r.data();
        if (unread.status == status::closed) return position == bytes ? 0 : 1;
        support::require(unread && support::is_from(position, unread.bytes), "bytes");
        position += unread.bytes.size();
        r.consume(unread.bytes.size());
      }
    });
    auto writer = ch.stream_writer();
    BOOST_REQUIRE(writer.wait_for_readers(1) == status::ok);
    while (writer.position() < bytes) {
      auto const room = writer.prepare_some(std::min<std::uint64_t>(bytes - writer.position(), 300'001));
      support::fill_from(writer.position(), room.bytes);
      writer.commit(room.bytes.size());
    }
    writer.close();
    BOOST_TEST(reader.wait() == 0);
  });
}

BOOST_AUTO_TEST_CASE(a_death_is_noticed_and_what_was_committed_stays) {
  with_each([](memory_choice const& c) {
    auto const ch = channel::create("x", c.options());
    auto sub = ch.subscriber();
    support::gate committed;
    support::child publisher([&] {
      auto pub = channel::open("x").publisher();
      pub.publish(support::bytes_of("last words"));
      auto room = pub.reserve(100);
      committed.open();
      ::pause();
      return 0;
    });
    committed.pass();
    publisher.kill();
    BOOST_TEST(support::text_of(sub.receive().bytes()) == "last words");
    BOOST_TEST(sub.receive().status() == status::died);
    BOOST_TEST(ch.publisher().publish(support::bytes_of("next")).sequence == 2U);
  });
}

BOOST_AUTO_TEST_CASE(the_name_of_a_dead_creator_works_again_at_once) {
  with_each([](memory_choice const& c) {
    for (int i = 0; i < 3; ++i) {
      support::gate created;
      support::child creator([&] {
        auto const ch = channel::create("x", c.options());
        created.open();
        ::pause();
        return 0;
      });
      created.pass();
      support::expect_error(errc::exists, [&] { channel::create("x", c.options()); });
      creator.kill();
      if (c.is_file()) {  // its memory stays: it is taken up again, and only a remove makes room for another one
        support::expect_error(
            errc::exists, [&] { channel::create("x", c.options()); }, "open_or_create");
        BOOST_CHECK_NO_THROW(channel::open("x"));
        channel::remove("x");
        BOOST_TEST(c.files() == 0U);
      }
      support::expect_error(errc::no_such_channel, [] { channel::open("x"); });
      channel::create("x", c.options()).publisher().publish(support::bytes_of("again"));
      if (c.is_file()) channel::remove("x");
    }
  });
}

BOOST_AUTO_TEST_CASE(bad_input_is_refused) {
  with_each([](memory_choice const& c) {
    auto const ch = channel::create("x", c.options());
    auto const other = c.backing() == backing::memfd ? backing::hugetlb : backing::memfd;
    support::expect_error(
        errc::mismatch, [&] { channel::open("x", {.backing = other}); },
        std::string("expected: backing ") + to_string(other), std::string("found: backing ") + to_string(c.backing()));
    if (!c.is_file()) support::expect_error(errc::mismatch, [] { channel::open("x", {.path = "/dev/shm/elsewhere"}); });
    auto bad = c.options("bad");
    bad.capacity = 0;
    support::expect_error(errc::bad_options, [&] { channel::create("y", bad); });
    support::expect_error(errc::exists, [&] { channel::create("x", c.options()); });
    auto const first = ch.publisher();
    support::expect_error(errc::publisher_taken, [&] { ch.publisher(); });
  });
}

BOOST_AUTO_TEST_CASE(too_few_huge_pages_is_an_error_that_counts_them_or_ordinary_memory_if_asked_for) {
  support::scratch_registry const scratch;
  auto const before = support::resources::now();
  auto const free = support::huge_pages::read("free_hugepages");
  auto const much = static_cast<std::uint64_t>(free + 1) * 2_MiB;
  support::expect_error(
      std::error_code(ENOSPC, std::system_category()),
      [&] { channel::create("x", {.capacity = much, .backing = backing::hugetlb}); }, "huge pages of 2 MiB",
      std::to_string(free) + " free of", "vm.nr_hugepages", "or_memfd");
  BOOST_TEST(support::resources::now() == before);
  auto const ch = channel::create("x", {.capacity = much, .backing = backing::hugetlb, .or_memfd = true});
  BOOST_TEST((ch.info().backing == backing::memfd));
  BOOST_CHECK_NO_THROW(channel::open("x", {.backing = backing::hugetlb, .or_memfd = true}));
  support::expect_error(errc::mismatch, [] { channel::open("x", {.backing = backing::hugetlb}); });
}

BOOST_AUTO_TEST_SUITE_END()
