// SPDX-License-Identifier: BSL-1.0
// Orders of steps that were found to do harm once, played out exactly: the hook of a named step does what another
// process would do at that moment. Needs a build with QUOIT_STEPS.
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "stream_bytes.hpp"
#include "system/step.hpp"

#ifdef QUOIT_STEPS

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.hpp"
#include "segment/memory.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

std::string awaited;
std::function<void()> deed;

/// Runs `what` once, when the step of that name is passed.
void at(std::string const& name, std::function<void()> what) {
  awaited = name;
  deed = std::move(what);
  sys::on_step = [](char const* step) noexcept {
    if (awaited != step) return;
    awaited.clear();
    auto const now = std::move(deed);  // it may ask for another one
    now();
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interleavings_test)

BOOST_AUTO_TEST_CASE(a_slow_claimer_does_not_write_into_its_successors_place) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .slots = 2});
  auto pub = ch.publisher();
  { auto const before = ch.subscriber(); }  // so that its place is among those that are looked at
  subscriber quick;
  at("place_claimed", [&] {
    // The claimer has no lock yet, so it looks dead; its place is recovered and taken by another one.
    BOOST_TEST(pub.wait_for_subscribers(1, 1ms) == status::timeout);
    quick = ch.subscriber({.label = "quick"});
    for (int i = 0; i < 3; ++i) pub.publish(std::vector<std::byte>(1000));
    for (int i = 0; i < 3; ++i) BOOST_TEST(quick.receive().status() == status::ok);
  });
  auto const slow = ch.subscriber({.label = "slow"});
  BOOST_TEST(awaited.empty());
  auto const all = pub.subscribers();
  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].label == "quick");
  BOOST_TEST(all[0].lag == 0U);
  BOOST_TEST(all[1].label == "slow");
}

BOOST_AUTO_TEST_CASE(a_slow_publisher_that_lost_its_place_starts_again_or_is_told) {
  auto const ch = channel::create_anonymous({.capacity = 4096});
  publisher quick;
  at("place_claimed", [&] { quick = ch.publisher({.label = "quick"}); });
  support::expect_error(
      errc::publisher_taken, [&] { ch.publisher(); }, "'quick'");
  BOOST_TEST(quick.publish(support::bytes_of("x")).sequence == 1U);
}

BOOST_AUTO_TEST_CASE(a_subscriber_that_joins_while_the_floor_moves_starts_at_what_is_there) {
  for (auto const* step : {"place_joined", "join_cursor_set"}) {
    auto const ch = channel::create_anonymous({.capacity = 4096});
    auto pub = ch.publisher();
    std::uint64_t number = 0;
    auto const publish = [&](int count) {
      for (int i = 0; i < count; ++i) {
        auto room = pub.reserve(500, 0ms);
        BOOST_REQUIRE(room);
        support::fill(room.bytes(), ++number);
        room.commit();
      }
    };
    publish(8);
    at(step, [&] { publish(20); });  // several laps
    auto sub = ch.subscriber({.start = oldest});
    auto const first = sub.receive(0ms);
    BOOST_REQUIRE(first);
    BOOST_TEST(first.sequence() > 8U);
    BOOST_TEST(support::verify(first.bytes(), first.sequence()));
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_joins_while_the_floor_moves_starts_at_what_is_there) {
  for (auto const* step : {"place_joined", "join_cursor_set"}) {
    auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
    auto writer = ch.stream_writer();
    auto const write = [&](int count) {
      for (int i = 0; i < count; ++i) {
        auto const room = writer.prepare(500, 0ms);
        BOOST_REQUIRE(room);
        support::fill_from(writer.position(), room.bytes);
        writer.commit(500);
      }
    };
    write(8);
    at(step, [&] { write(20); });  // several laps
    auto reader = ch.stream_reader({.start = oldest});
    BOOST_TEST(reader.position() > 4000U);
    auto const unread = reader.data(1, 0ms);
    BOOST_REQUIRE(unread);
    BOOST_TEST(support::is_from(reader.position(), unread.bytes));
  }
}

BOOST_AUTO_TEST_CASE(a_remover_or_replacer_that_is_killed_half_way_leaves_a_name_that_works) {
  for (auto const* step : {"janitor_locked", "entry_linked_hidden", "retired", "entry_renamed", "entry_unlinked"}) {
    for (bool const replacing : {false, true}) {
      support::scratch_registry const scratch;
      auto const old = channel::create("x", {.capacity = 4096});
      support::child victim([&] {
        at(step, [] { ::kill(::getpid(), SIGKILL); });
        replacing ? static_cast<void>(channel::create("x", replace)) : channel::remove("x");
        return 0;
      });
      victim.wait();
      auto const fresh = channel::open_or_create("x", {.capacity = 4096});
      channel::list();  // sweeps
      BOOST_TEST_CONTEXT(step << (replacing ? ", replacing" : ", removing")) {
        BOOST_TEST(!fresh.retired());
        BOOST_TEST((fresh.info().uuid != old.info().uuid) == old.retired());
        BOOST_TEST(scratch.files() == 1U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(one_who_becomes_a_holder_while_the_name_is_replaced_is_told_or_finds_the_new_one) {
  for (auto const* step : {"attached", "holder_locked", "holder_recorded"}) {
    support::scratch_registry const scratch;
    auto old = std::make_unique<channel>(channel::create("x", {.capacity = 4096}));
    channel fresh;
    at(step, [&] {
      if (std::string(step) == "attached") old.reset();  // it was the last holder
      fresh = channel::create("x", replace, {.capacity = 4096});
    });
    auto const late = channel::open("x", wait_for{10s});
    BOOST_TEST((late.retired() || late.info().uuid == fresh.info().uuid), step);
  }
}

BOOST_AUTO_TEST_CASE(a_retirement_does_not_hide_a_message_that_came_before_it) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  pub.publish(support::bytes_of("before"));
  channel::remove("x");
  BOOST_TEST(support::text_of(sub.receive().bytes()) == "before");
  BOOST_TEST(sub.receive().status() == status::retired);
}

BOOST_AUTO_TEST_CASE(one_that_is_evicted_between_finding_a_message_and_reading_it_is_told_so) {
  for (auto const publishers : {1U, 2U}) {
    auto const ch = channel::create_anonymous({.capacity = 4096, .publishers = publishers});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    pub.publish(support::bytes_of("x"));
    at("record_found", [&] {
      BOOST_TEST(pub.evict(pub.subscribers().at(0)));
      std::vector<std::byte> const ones(1000, std::byte{0xFF});
      for (int i = 0; i < 10; ++i) BOOST_TEST(pub.publish(ones).status == status::ok);
    });
    BOOST_TEST(sub.receive().status() == status::evicted);
    BOOST_TEST(awaited.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_is_published_once_a_subscriber_can_be_seen_is_for_it) {
  for (auto const* step : {"place_live", "join_looked_again"}) {
    for (std::uint32_t const publishers : {1U, 2U}) {
      for (auto const how : {reliable, lossy}) {
        for (auto const where : {start::next, start::latest}) {
          for (int const count : {0, 1, 3}) {
            auto const ch = channel::create_anonymous({.capacity = 4096, .publishers = publishers});
            auto pub = ch.publisher();
            at(step, [&] {
              BOOST_TEST(pub.wait_for_subscribers(1, 0ms) == status::ok);
              for (int i = 0; i < count; ++i) pub.publish(support::bytes_of("x"));
              pub.close();
            });
            auto sub = ch.subscriber({.start = where, .delivery = how});
            BOOST_TEST(awaited.empty());
            for (int i = 0; i < count; ++i) BOOST_TEST(sub.try_receive().status() == status::ok);
            BOOST_TEST(sub.try_receive().status() == status::closed);
            BOOST_TEST(sub.try_receive().status() == status::timeout);
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(ends_that_were_passed_while_a_subscriber_joined_are_behind_it) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    for (auto const where : {start::oldest, start::next, start::latest}) {
      auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = publishers});
      at("join_cursor_set", [&] {
        for (int k = 0; k < 3; ++k) {
          auto pub = ch.publisher();
          for (int i = 0; i < 20; ++i) BOOST_TEST(pub.publish(support::bytes_of("x"), 0, 0ms).status == status::ok);
        }
      });
      auto sub = ch.subscriber({.start = where});
      BOOST_TEST(awaited.empty());
      int received = 0;
      auto s = sub.try_receive().status();
      for (; s == status::ok; s = sub.try_receive().status()) ++received;
      BOOST_TEST(received > 0);
      BOOST_TEST(s == status::closed);
      BOOST_TEST(sub.try_receive().status() == status::timeout);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_written_once_a_reader_can_be_seen_is_for_it) {
  for (auto const how : {reliable, lossy}) {
    for (std::string const text : {"", "some bytes"}) {
      auto const ch = channel::create_anonymous({.capacity = 4096, .kind = stream});
      auto writer = ch.stream_writer();
      at("join_looked_again", [&] {
        BOOST_TEST(writer.wait_for_readers(1, 0ms) == status::ok);
        writer.write(support::bytes_of(text));
        writer.close();
      });
      auto reader = ch.stream_reader({.start = next, .delivery = how});
      BOOST_TEST(awaited.empty());
      if (!text.empty()) {
        BOOST_TEST(support::text_of(reader.data(1, 0ms).bytes) == text);
        reader.consume(text.size());
      }
      BOOST_TEST(reader.data(1, 0ms).status == status::closed);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_evicted_while_it_joins_is_told_so) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = stream});
  auto writer = ch.stream_writer();
  writer.write(support::bytes_of("x"));
  at("join_looked_again", [&] {
    BOOST_TEST(writer.evict(writer.readers().at(0)));
    std::vector<std::byte> const much(4000);
    for (int i = 0; i < 3; ++i) BOOST_TEST(writer.write(much).status == status::ok);
  });
  auto reader = ch.stream_reader();
  BOOST_TEST(awaited.empty());
  BOOST_TEST(reader.try_data().status == status::evicted);
}

BOOST_AUTO_TEST_CASE(a_rewind_that_fails_while_the_floor_moves_goes_on_at_what_is_there) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  std::uint64_t number = 0;
  auto const publish = [&](int count) {
    for (int i = 0; i < count; ++i) {
      auto room = pub.reserve(40 + number % 5 * 16, 0ms);
      BOOST_REQUIRE(static_cast<bool>(room));
      support::fill(room.bytes(), ++number);
      room.commit();
    }
  };
  publish(7);
  for (int i = 0; i < 3; ++i) BOOST_REQUIRE(sub.receive().status() == status::ok);
  at("place_went_back", [&] { publish(40); });
  support::expect_error(errc::not_held, [&] { sub.rewind(from_sequence(1000)); });
  BOOST_TEST(awaited.empty());
  for (std::uint64_t last = 0; last < number;) {
    auto const m = sub.try_receive();
    BOOST_REQUIRE(m.status() == status::ok);
    BOOST_REQUIRE(m.sequence() > last);
    BOOST_REQUIRE(support::verify(m.bytes(), m.sequence()));
    last = m.sequence();
  }
}

BOOST_AUTO_TEST_CASE(a_rewind_that_is_overrun_each_time_goes_on_where_it_was) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8});
  auto pub = ch.publisher();
  auto sub = ch.subscriber({.delivery = lossy});
  std::uint64_t number = 0;
  auto const publish = [&](int count) {
    for (int i = 0; i < count; ++i) {
      auto room = pub.reserve(40 + number % 5 * 16, 0ms);
      BOOST_REQUIRE(static_cast<bool>(room));
      support::fill(room.bytes(), ++number);
      room.commit();
    }
  };
  publish(5);
  for (int i = 0; i < 3; ++i) BOOST_REQUIRE(sub.receive().status() == status::ok);
  std::function<void()> overrun = [&] {
    publish(20);
    at("join_looked_again", overrun);
  };
  at("join_looked_again", overrun);
  support::expect_error(errc::damaged, [&] { sub.rewind(oldest); });
  at("nothing", [] {});
  BOOST_TEST(number > 1000U);
  BOOST_TEST(sub.try_receive().status() == status::lost);
  BOOST_TEST(sub.last_loss().first == 4U);
  for (auto last = sub.last_loss().last; last < number;) {
    auto const m = sub.try_receive();
    BOOST_REQUIRE(m.status() == status::ok);
    BOOST_REQUIRE(m.sequence() == last + 1);
    BOOST_REQUIRE(support::verify(m.bytes(), m.sequence()));
    last = m.sequence();
  }
}

BOOST_AUTO_TEST_CASE(a_readers_rewind_that_fails_while_the_floor_moves_goes_on_at_what_is_there) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  auto writer = ch.stream_writer();
  auto reader = ch.stream_reader();
  std::uint64_t written = 0;
  auto const write = [&](std::size_t n) {
    std::vector<std::byte> bytes(n);
    support::fill_from(written, bytes);
    BOOST_REQUIRE(writer.write(bytes, 0ms).count == n);
    written += n;
  };
  write(4000);
  reader.consume(reader.data().bytes.size() / 2);
  at("place_went_back", [&] { write(4096), write(1000); });
  support::expect_error(errc::not_held, [&] { reader.rewind(from_sequence(1'000'000)); });
  BOOST_TEST(awaited.empty());
  auto const unread = reader.try_data();
  BOOST_REQUIRE(unread.status == status::ok);
  BOOST_TEST(support::is_from(reader.position(), unread.bytes));
  BOOST_TEST(reader.position() + unread.bytes.size() == 9096U);
}

BOOST_AUTO_TEST_CASE(a_ring_that_others_are_filling_is_not_full) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = 2});
  auto slow = ch.publisher();
  auto quick = ch.publisher();
  for (int i = 0; i < 7; ++i) quick.publish(support::bytes_of("x"));
  auto const publish = [&] {
    for (int i = 0; i < 20; ++i) BOOST_REQUIRE(quick.publish(support::bytes_of("x"), 0, 0ms).status == status::ok);
  };
  at("limit_taken", [&] {
    publish();
    at("limit_taken", publish);  // and at the second look
  });
  BOOST_TEST(slow.try_reserve(10).status() == status::ok);  // nobody holds anything up here
  BOOST_TEST(awaited.empty());
}

BOOST_AUTO_TEST_CASE(one_that_is_evicted_behind_a_discarded_record_is_told_so) {
  for (std::uint32_t const publishers : {1U, 2U}) {
    auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = publishers});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    if (publishers == 1) break;  // a sole one leaves nothing of what it discards
    pub.reserve(16).discard();
    at("discard_met", [&] {
      BOOST_REQUIRE(pub.evict(pub.subscribers().front()));
      std::vector<std::byte> const others(1000, std::byte{0xFF});
      for (int i = 0; i < 10; ++i) BOOST_REQUIRE(pub.publish(others, 0, 0ms).status == status::ok);
    });
    BOOST_TEST(sub.try_receive().status() == status::evicted);
    BOOST_TEST(awaited.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_was_lost_behind_a_discarded_record_is_told_exactly) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = 2});
  auto pub = ch.publisher();
  auto sub = ch.subscriber({.delivery = lossy});
  std::uint64_t bytes = 0;
  auto const publish = [&](std::size_t size) {
    BOOST_REQUIRE(pub.publish(std::vector<std::byte>(size), 0, 0ms).status == status::ok);
    bytes += (size + 16 + 15) / 16 * 16;
  };
  publish(10);
  BOOST_REQUIRE(sub.receive().status() == status::ok);
  bytes = 32;
  pub.reserve(16).discard();
  at("discard_met", [&] {
    for (int i = 0; i < 20; ++i) publish(100);
  });
  BOOST_TEST(sub.try_receive().status() == status::lost);
  BOOST_TEST(awaited.empty());
  auto const l = sub.last_loss();
  BOOST_TEST(l.first <= 3U);
  BOOST_TEST(l.bytes <= bytes);
  BOOST_TEST(l.bytes >= (l.last - l.first) * 128);
}

BOOST_AUTO_TEST_CASE(a_floor_that_runs_away_is_not_followed_for_ever) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8});
  auto const h = ch.native_handles();
  auto const memory = segment::memory::attach(sys::descriptor(::dup(h.header)), sys::descriptor(::dup(h.data)));
  static std::atomic<std::uint64_t>* floor;
  static int steps;
  floor = &reinterpret_cast<segment::hot*>(memory.control())->floor.word;
  steps = 0;
  auto sub = ch.subscriber({.delivery = lossy, .conflate = true});
  sys::on_step = [](char const* step) noexcept {
    if (std::string_view(step) == "loss_noted" && ++steps < 1'000'000) ++*floor;
  };
  ++*floor;
  auto const m = sub.try_receive();
  sys::on_step = nullptr;
  BOOST_TEST(m.status() == status::lost);
  BOOST_TEST(steps < 10'000);
}

BOOST_AUTO_TEST_CASE(an_end_is_not_written_twice_however_long_its_place_is_left) {
  auto const ch = channel::create_anonymous({.publishers = 4});
  auto const h = ch.native_handles();
  sys::descriptor const header(::dup(h.header));  // for the child, which has not the library's own
  sys::descriptor const data(::dup(h.data));
  auto const memory = segment::memory::attach(sys::descriptor(::dup(h.header)), sys::descriptor(::dup(h.data)));
  auto const& ends = reinterpret_cast<segment::hot*>(memory.control())->ends.word;
  support::child killed([&] {
    auto pub = channel::from_handles({header.get(), data.get()}).publisher();
    sys::on_step = [](char const* step) noexcept {
      if (std::string(step) == "end_counted") ::raise(SIGKILL);
    };
    pub.close();
    return 0;
  });
  BOOST_TEST(killed.wait() == -SIGKILL);
  BOOST_TEST(ends.load() == 1U);
  for (int i = 0; i < 30; ++i) ch.publisher().close();
  ch.participants();
  BOOST_TEST(ends.load() == 31U);
}

BOOST_AUTO_TEST_CASE(an_end_does_not_stand_before_what_its_publisher_has_published) {
  auto const ch = channel::create_anonymous({.publishers = 3});
  auto const h = ch.native_handles();
  sys::descriptor const header(::dup(h.header));
  sys::descriptor const data(::dup(h.data));
  auto sub = ch.subscriber();
  auto slow = ch.publisher();
  at("end_looked", [&] {
    support::child other([&] {
      auto pub = channel::from_handles({header.get(), data.get()}).publisher();
      pub.publish(support::bytes_of("last"));
      sys::on_step = [](char const* step) noexcept {
        if (std::string(step) == "end_named") ::raise(SIGKILL);
      };
      pub.close();
      return 0;
    });
    BOOST_TEST(other.wait() == -SIGKILL);
  });
  slow.close();
  BOOST_TEST(awaited.empty());
  BOOST_TEST(support::text_of(sub.try_receive().bytes()) == "last");
  BOOST_TEST(sub.try_receive().status() == status::closed);
  BOOST_TEST(sub.try_receive().status() == status::closed);
}

BOOST_AUTO_TEST_CASE(who_sleeps_through_many_ends_does_not_move_a_later_one) {
  auto const ch = channel::create_anonymous({.publishers = 6});
  auto const h = ch.native_handles();
  sys::descriptor const header(::dup(h.header));
  sys::descriptor const data(::dup(h.data));
  // Closes, but is stopped before it says where the end stands, and killed after that if it was not the first to.
  auto const stopped_in_its_end = [&](bool is_killed) {
    support::child c([&, is_killed] {
      static int named;
      static bool killed;
      named = 0;
      killed = is_killed;
      auto pub = channel::from_handles({header.get(), data.get()}).publisher();
      sys::on_step = [](char const* step) noexcept {
        if (std::string(step) == "end_named" && named++ == 0) ::raise(SIGSTOP);
        if (std::string(step) == "end_placed" && killed) ::raise(SIGKILL);
      };
      pub.close();
      return 0;
    });
    siginfo_t info{};
    BOOST_REQUIRE(::waitid(P_PID, static_cast<id_t>(c.pid()), &info, WSTOPPED) == 0);
    return c;
  };
  auto pub = ch.publisher();
  for (int i = 0; i < 24; ++i) ch.publisher().close();  // all before the first record
  auto first = stopped_in_its_end(false);
  pub.publish(support::bytes_of("x"));
  auto helper = stopped_in_its_end(true);
  first.go_on();
  BOOST_TEST(first.wait() == 0);
  for (int i = 0; i < 23; ++i) ch.publisher().close();
  auto sub = ch.subscriber();
  auto last = ch.publisher();
  last.publish(support::bytes_of("last"));
  at("end_named", [&] {
    helper.go_on();
    BOOST_TEST(helper.wait() == -SIGKILL);
  });
  last.close();
  BOOST_TEST(awaited.empty());
  BOOST_TEST(support::text_of(sub.try_receive().bytes()) == "last");
  BOOST_TEST(sub.try_receive().status() == status::closed);
}

BOOST_AUTO_TEST_CASE(a_lossy_readers_span_does_not_cross_an_end_that_is_forgotten_meanwhile) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  auto reader = ch.stream_reader({.delivery = lossy});
  auto const write = [&] { ch.stream_writer().write(support::bytes_of("0123456789")); };  // and closes
  for (int i = 0; i < 2; ++i) write();
  at("head_seen", [&] {
    for (int i = 0; i < 30; ++i) write();
  });
  BOOST_TEST(reader.try_data().status == status::lost);
  BOOST_TEST(awaited.empty());
  BOOST_TEST(reader.position() >= 10U);
}

BOOST_AUTO_TEST_CASE(what_a_loop_is_told_of_is_there_for_it_though_it_is_not_announced_yet) {
  auto const ch = channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  sub.event_fd();
  wait_set set;
  set.add(sub, 1);
  BOOST_TEST(sub.try_receive().status() == status::timeout);  // the next ones look less closely for a while
  at("commit_described", [&] {
    BOOST_TEST(sub.arm() == status::ok);
    BOOST_TEST(sub.try_receive().status() == status::ok);
  });
  pub.publish(support::bytes_of("x"));
  at("commit_described", [&] {
    BOOST_TEST(set.wait(0ms).status == status::ok);
    BOOST_TEST(sub.try_receive().status() == status::ok);
  });
  pub.publish(support::bytes_of("y"));
  BOOST_TEST(awaited.empty());
}

BOOST_AUTO_TEST_CASE(what_its_owner_has_committed_is_not_counted_as_recovered) {
  auto const ch = channel::create_anonymous({.capacity = 4096, .records = 8, .publishers = 2});
  auto sub = ch.subscriber();
  auto slow = ch.publisher();
  auto quick = ch.publisher();
  at("commit_stamped", [&] {
    while (auto room = quick.try_reserve(10)) room.commit();
  });
  slow.publish(support::bytes_of("x"));
  BOOST_TEST(awaited.empty());
  for (auto const& p : ch.participants()) BOOST_TEST(p.recovered == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

#else

BOOST_AUTO_TEST_SUITE(interleavings_test)
BOOST_AUTO_TEST_CASE(needs_named_steps) {
  BOOST_TEST_MESSAGE("SKIPPED: this build has no named steps (QUOIT_STEPS); the asan one has");
}
BOOST_AUTO_TEST_SUITE_END()

#endif
