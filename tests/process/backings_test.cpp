// SPDX-License-Identifier: BSL-1.0
// The same for every backing, for one publisher and several, reliable and lossy, messages and streams: passing them on,
// deaths, a name taken over, bad input.
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backing_kinds.hpp"
#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "huge_pages.hpp"
#include "quoit/quoit.hpp"
#include "resources.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"
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

constexpr std::uint64_t messages_of_each = 2000;

/// The first bytes say who, and the how-many-th of his; the rest proves itself.
struct origin {
  std::uint32_t who;
  std::uint32_t nth;
};
std::uint64_t number_of(origin o) { return std::uint64_t{o.who} << 32U | o.nth; }

void publish_all(publisher& pub, std::uint32_t who) {
  support::random random(who + 1);
  for (std::uint32_t i = 1; i <= messages_of_each; ++i) {
    auto const size = i % 500 == 0 ? pub.max_payload() : sizeof(origin) + random.below(5000);
    auto room = pub.reserve(size);
    support::require(static_cast<bool>(room), "room");
    origin const o{who, i};
    std::memcpy(room.bytes().data(), &o, sizeof o);
    support::fill(room.bytes().subspan(sizeof o), number_of(o));
    support::require(static_cast<bool>(room.commit()), "commit");
  }
}

/// Each number comes once, whole and in order, or is told as lost, which a reliable subscriber's never are.
int read_all(subscriber& sub, std::uint32_t publishers, bool may_lose) {
  std::vector<std::byte> copy(4_MiB);
  std::vector<std::uint32_t> last(publishers);
  std::uint64_t next = 1;
  for (std::uint32_t ends = 0; ends < publishers;) {
    auto const m = sub.receive_into(copy);
    if (m.status == status::closed) {
      ++ends;
    } else if (m.status == status::lost) {
      support::require(may_lose && sub.last_loss().first == next, "a loss");
      next = sub.last_loss().last + 1;
    } else {
      support::require(m && m.sequence == next++, std::string("message: ") + to_string(m.status));
      std::span<std::byte const> const bytes(copy.data(), m.size);
      origin o{};
      std::memcpy(&o, bytes.data(), sizeof o);
      support::require(o.who < publishers && support::verify(bytes.subspan(sizeof o), number_of(o)), "whole");
      support::require(may_lose ? o.nth > last[o.who] : o.nth == last[o.who] + 1, "in order");
      last[o.who] = o.nth;
    }
  }
  return next == publishers * messages_of_each + 1 ? 0 : 1;
}

void pass_messages(memory_choice const& c, std::uint32_t publishers, delivery how) {
  auto options = c.options("messages" + std::to_string(publishers) + (how == lossy ? "l" : "r"));
  options.publishers = publishers;
  auto const ch = channel::create("x", options);
  BOOST_TEST((ch.info().backing == c.backing()));
  BOOST_TEST(ch.info().capacity == 2_MiB);
  support::gate subscribed;
  support::child reader([&] {
    auto sub = channel::open("x", options).subscriber({.delivery = how});
    subscribed.open(static_cast<int>(publishers));
    return read_all(sub, publishers, how == lossy);
  });
  std::vector<support::child> others;
  for (std::uint32_t who = 1; who < publishers; ++who) {
    others.emplace_back([&, who] {
      auto pub = channel::open("x").publisher();
      subscribed.pass();
      publish_all(pub, who);
      return 0;
    });
  }
  auto pub = ch.publisher();
  subscribed.pass();
  publish_all(pub, 0);
  pub.close();
  for (auto& o : others) BOOST_TEST(o.wait() == 0);
  BOOST_TEST(reader.wait() == 0);
  if (c.is_file()) channel::remove("x");
}

void pass_bytes(memory_choice const& c, delivery how) {
  auto options = c.options(how == lossy ? "lossy" : "stream");
  options.kind = kind::stream;
  auto const ch = channel::create("s", options);
  constexpr std::uint64_t bytes = 20'000'000;
  support::child reader([&] {
    auto r = channel::open("s").stream_reader({.delivery = how});
    std::vector<std::byte> copy(300'000);
    std::uint64_t position = 0;
    for (;;) {
      auto const got = r.read(copy);
      if (got.status == status::closed) return position == bytes ? 0 : 1;
      if (got.status == status::lost) {
        support::require(how == lossy && r.last_loss().first == position, "a loss");
        position = r.last_loss().last + 1;
        continue;
      }
      support::require(got && support::is_from(position, std::span(copy).first(got.count)), "bytes");
      position += got.count;
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
  if (c.is_file()) channel::remove("s");
}

/// Pages that this process has had mapped one by one.
long faults() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used.ru_minflt;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backings_test)

BOOST_AUTO_TEST_CASE(messages_pass_between_processes) {
  with_each([](memory_choice const& c) {
    for (auto const publishers : {1U, 3U}) {
      for (auto const how : {reliable, lossy}) {
        BOOST_TEST_CONTEXT(publishers << " publishers, " << (how == lossy ? "lossy" : "reliable")) {
          pass_messages(c, publishers, how);
        }
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(a_stream_passes_between_processes) {
  with_each([](memory_choice const& c) {
    for (auto const how : {reliable, lossy}) {
      BOOST_TEST_CONTEXT((how == lossy ? "lossy" : "reliable")) { pass_bytes(c, how); }
    }
  });
}

BOOST_AUTO_TEST_CASE(a_death_is_noticed_and_what_was_committed_stays) {
  with_each([](memory_choice const& c) {
    for (auto const publishers : {1U, 3U}) {
      auto options = c.options("death" + std::to_string(publishers));
      options.publishers = publishers;
      auto const ch = channel::create("x", options);
      auto sub = ch.subscriber();
      auto free = ch.subscriber({.delivery = lossy});
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
      auto const room = publishers == 1 ? reservation() : ch.publisher().reserve(1);  // discarded behind the dead one's
      publisher.kill();
      for (auto* s : {&sub, &free}) {
        BOOST_TEST(support::text_of(s->receive().bytes()) == "last words");
        status last{};
        for (int ends = 0; ends < (publishers == 1 ? 1 : 2); ++ends) {
          auto const e = s->receive().status();
          BOOST_TEST((e == status::died || e == status::closed));
          if (e == status::died) last = e;
        }
        BOOST_TEST(last == status::died);
      }
      // One number for what the dead one had claimed, one for what was discarded; with one publisher neither has any.
      BOOST_TEST(ch.publisher().publish(support::bytes_of("next")).sequence == (publishers == 1 ? 2U : 4U));
      if (c.is_file()) channel::remove("x");
    }
  });
}

BOOST_AUTO_TEST_CASE(a_dead_subscriber_holds_nobody_up) {
  with_each([](memory_choice const& c) {
    for (auto const publishers : {1U, 3U}) {
      auto options = c.options("held" + std::to_string(publishers));
      options.publishers = publishers;
      auto const ch = channel::create("x", options);
      support::gate joined;
      support::child subscriber([&] {
        auto const sub = channel::open("x").subscriber();
        joined.open();
        ::pause();
        return 0;
      });
      joined.pass();
      auto pub = ch.publisher();
      std::vector<std::byte> const much(600'000);
      for (int i = 0; i < 3; ++i) BOOST_TEST(pub.publish(much, 0, 0ms).status == status::ok);
      BOOST_TEST(pub.publish(much, 0, 0ms).status == status::timeout);
      subscriber.kill();
      for (int i = 0; i < 10; ++i) BOOST_TEST(pub.publish(much).status == status::ok);
      if (c.is_file()) channel::remove("x");
    }
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

BOOST_AUTO_TEST_CASE(files_and_segments_reach_into_another_pid_namespace_and_others_say_that_they_do_not) {
  with_each([](memory_choice const& c) {
    auto const ch = channel::create("x", c.options());
    bool const reaches = c.is_file() || c.backing() == backing::sysv;
    constexpr int forbidden = 77;
    support::child outside([&] {
      if (::unshare(CLONE_NEWPID) != 0) return forbidden;
      support::gate tried;
      support::shared_cell<bool> as_expected;
      support::child inside([&] {
        std::optional<publisher> pub;
        try {
          pub = channel::open("x").publisher();
          *as_expected = reaches && pub->publish(support::bytes_of("from a container"));
        } catch (error const& e) {
          bool const said = std::string(e.what()).find("another pid namespace") != std::string::npos;
          *as_expected = !reaches && said && e.code() == errc::unreachable;
        }
        tried.open();
        ::pause();
        return 0;
      });
      tried.pass();
      inside.kill();
      return *as_expected ? 0 : 1;
    });
    auto const result = outside.wait();
    if (result == forbidden) {
      BOOST_TEST_MESSAGE("SKIPPED: no right to make a pid namespace");
      return;
    }
    BOOST_TEST(result == 0);
    if (!reaches) return;
    auto sub = ch.subscriber({.start = oldest});
    BOOST_TEST(support::text_of(sub.receive().bytes()) == "from a container");
    BOOST_TEST(sub.receive().status() == status::died);  // whatever the pid means here
  });
}

BOOST_AUTO_TEST_CASE(a_channel_is_handed_over_by_its_descriptors) {
  with_each([](memory_choice const& c) {
    auto ch = channel::create("x", c.options());
    if (c.backing() == backing::sysv) {
      support::expect_error(
          errc::mismatch, [&] { ch.native_handles(); }, "reached by descriptors", "sysv");
      return;
    }
    auto const other = channel::from_handles(ch.native_handles(), {.backing = c.backing()});
    BOOST_TEST(other.info().uuid == ch.info().uuid);
    ch.publisher().publish(support::bytes_of("handed over"));
    ch.close();
    BOOST_TEST(support::text_of(other.subscriber({.start = oldest}).receive().bytes()) == "handed over");
  });
}

BOOST_AUTO_TEST_CASE(what_was_mapped_before_costs_no_fault_when_it_is_used) {
  if (support::skipped_if_sanitized("it has faults of its own")) return;
  for (bool const huge : {false, true}) {
    with_each([huge](memory_choice const& c) {
      auto options = c.options();
      options.mapping = {.huge_pages = huge, .prefault = true, .survive_truncation = true};
      auto const ch = channel::create("x", options);
      auto pub = ch.publisher();
      auto sub = ch.subscriber();
      auto const before = faults();
      for (std::uint64_t i = 1; i <= 1000; ++i) {  // some laps of 512 pages each
        auto room = pub.reserve(10'000);
        support::fill(room.bytes(), i);
        room.commit();
        auto const m = sub.receive();
        BOOST_REQUIRE(support::verify(m.bytes(), i));
      }
      BOOST_TEST(faults() - before < 100);
    });
  }
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
