// SPDX-License-Identifier: BSL-1.0
#include "registry/registry.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "registry/janitor.hpp"
#include "registry/name.hpp"
#include "resources.hpp"
#include "scratch_registry.hpp"
#include "system/calls.hpp"

using namespace quoit;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(registry_test)

BOOST_AUTO_TEST_CASE(a_channel_is_created_opened_and_gone_with_its_last_holder) {
  support::scratch_registry const scratch;
  {
    auto const made = channel::create("a/b", {.capacity = 8192});
    BOOST_TEST(scratch.files() == 1U);
    auto const opened = channel::open("a/b");
    BOOST_TEST(opened.info().uuid == made.info().uuid);
    BOOST_TEST(opened.info().name == "a/b");
    BOOST_TEST(opened.info().capacity == 8192U);
  }
  BOOST_TEST(scratch.files() == 0U);
  support::expect_error(
      errc::no_such_channel, [] { channel::open("a/b"); }, "open channel 'a/b'", scratch.path(), "QUOIT_RUNTIME_DIR");
}

BOOST_AUTO_TEST_CASE(it_lives_as_long_as_anybody_holds_it) {
  support::scratch_registry const scratch;
  auto made = channel::create("x");
  auto const uuid = made.info().uuid;
  auto opened = channel::open("x");
  made.close();
  BOOST_TEST(channel::open("x").info().uuid == uuid);
  auto subscriber = opened.subscriber();  // a role holds it as well
  opened.close();
  BOOST_TEST(channel::open("x").info().uuid == uuid);
  subscriber.close();
  BOOST_CHECK_THROW(channel::open("x"), error);
}

BOOST_AUTO_TEST_CASE(a_second_creator_is_told_who_holds_it) {
  support::scratch_registry const scratch;
  auto const made = channel::create("x");
  support::expect_error(
      errc::exists, [] { channel::create("x"); }, "create channel 'x'", "pid " + std::to_string(::getpid()),
      "quoit::replace");
  BOOST_TEST(channel::open("x").info().uuid == made.info().uuid);
}

BOOST_AUTO_TEST_CASE(open_or_create_does_either) {
  support::scratch_registry const scratch;
  auto const first = channel::open_or_create("x", {.capacity = 64_KiB});
  auto const second = channel::open_or_create("x", {.capacity = 64_KiB});
  auto const third = channel::open_or_create("x");
  BOOST_TEST(first.info().uuid == second.info().uuid);
  BOOST_TEST(first.info().uuid == third.info().uuid);
}

BOOST_AUTO_TEST_CASE(what_differs_from_what_is_asked_for_is_refused) {
  support::scratch_registry const scratch;
  auto const made = channel::create("x", {.capacity = 64_KiB, .type = type_id{"pose", 1}});
  support::expect_error(
      errc::mismatch, [] { channel::open("x", {.capacity = 1_MiB}); }, "expected: capacity 1048576",
      "found: capacity 65536");
  support::expect_error(
      errc::mismatch,
      [] {
        channel::open_or_create("x", {.type = type_id{"image", 1}});
      },
      "type 'image'", "type 'pose'");
  support::expect_error(
      errc::mismatch, [] { channel::open("x", wait_for{1ms}, {.timestamps = true}); }, "timestamps");
  BOOST_CHECK_NO_THROW(channel::open("x", {.capacity = 60000, .type = type_id{"pose", 1}}));
}

BOOST_AUTO_TEST_CASE(replacing_retires_the_old_one) {
  support::scratch_registry const scratch;
  auto const old = channel::create("x");
  auto publisher = old.publisher();
  auto subscriber = old.subscriber();
  publisher.publish(support::bytes_of("last words"));
  auto const fresh = channel::create("x", replace, {.capacity = 8192});
  BOOST_TEST(old.retired());
  BOOST_TEST(publisher.retired());
  BOOST_TEST(!fresh.retired());
  BOOST_TEST(channel::open("x").info().uuid == fresh.info().uuid);
  {
    auto const m = subscriber.receive();  // nothing is lost
    BOOST_TEST(support::text_of(m.bytes()) == "last words");
  }
  BOOST_TEST(subscriber.receive().status() == status::retired);
  BOOST_TEST(subscriber.try_receive().status() == status::retired);
  BOOST_TEST(scratch.files() == 1U);
}

BOOST_AUTO_TEST_CASE(those_who_wait_learn_of_it) {
  support::scratch_registry const scratch;
  auto const old = channel::create("x", {.capacity = 4096});
  auto full = old.publisher();
  auto holding_up = old.subscriber();
  while (full.publish(support::bytes_of("x"), 0, 0ms)) {
  }
  auto waiting = old.subscriber();  // at the head
  std::thread replacer([] {
    std::this_thread::sleep_for(20ms);
    auto const fresh = channel::create("x", replace);
    std::this_thread::sleep_for(200ms);
  });
  auto received = status::ok;
  std::thread receiver([&] { received = waiting.receive().status(); });
  BOOST_TEST(full.reserve(1).status() == status::retired);
  BOOST_TEST(full.try_reserve(1).status() == status::retired);
  BOOST_TEST(full.wait_for_subscribers(5) == status::retired);
  receiver.join();
  replacer.join();
  BOOST_TEST(received == status::retired);
}

BOOST_AUTO_TEST_CASE(replacing_nothing_creates) {
  support::scratch_registry const scratch;
  auto const made = channel::create("x", replace);
  BOOST_TEST(channel::open("x").info().uuid == made.info().uuid);
}

BOOST_AUTO_TEST_CASE(removing_frees_the_name_and_retires) {
  support::scratch_registry const scratch;
  auto const old = channel::create("x");
  channel::remove("x");
  BOOST_TEST(old.retired());
  BOOST_TEST(scratch.files() == 0U);
  BOOST_CHECK_THROW(channel::open("x"), error);
  auto const fresh = channel::create("x");
  BOOST_TEST(fresh.info().uuid != old.info().uuid);
  support::expect_error(
      errc::no_such_channel, [] { channel::remove("y"); }, "remove channel 'y'");
}

BOOST_AUTO_TEST_CASE(the_last_holder_of_a_replaced_channel_leaves_the_new_file_alone) {
  support::scratch_registry const scratch;
  auto old = channel::create("x");
  auto const fresh = channel::create("x", replace);
  old.close();
  BOOST_TEST(channel::open("x").info().uuid == fresh.info().uuid);
}

BOOST_AUTO_TEST_CASE(a_name_whose_holder_was_killed_is_free_at_once) {
  support::scratch_registry const scratch;
  support::gate made;
  support::child owner([&] {
    auto const ch = channel::create("x");
    made.open();
    ::pause();
    return 0;
  });
  made.pass();
  BOOST_CHECK_NO_THROW(channel::open("x"));
  owner.kill();
  auto const listed = channel::list();
  BOOST_REQUIRE(listed.size() == 1U);
  BOOST_CHECK(listed[0].state == listing::state::stale);
  BOOST_TEST(listed[0].holders.empty());
  BOOST_CHECK_THROW(channel::open("x"), error);
  auto const fresh = channel::create("x");  // takes the name over
  BOOST_CHECK(channel::list()[0].state == listing::state::alive);
}

BOOST_AUTO_TEST_CASE(a_stale_name_can_be_removed) {
  support::scratch_registry const scratch;
  support::child owner([&] {
    auto const ch = channel::create("x");
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  owner.wait();
  BOOST_TEST(scratch.files() == 1U);
  channel::remove("x", if_unused);
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_used_is_left_alone_if_that_is_asked_for) {
  support::scratch_registry const scratch;
  auto ch = channel::create("x");
  support::expect_error(
      errc::exists, [] { channel::remove("x", if_unused); }, "remove channel 'x'", std::to_string(::getpid()));
  BOOST_TEST(!ch.retired());
  BOOST_TEST(scratch.files() == 1U);
  ch.close();
  support::expect_error(errc::no_such_channel, [] { channel::remove("x", if_unused); });
}

BOOST_AUTO_TEST_CASE(channels_are_listed_with_what_is_known_of_them) {
  support::scratch_registry const scratch;
  BOOST_TEST(channel::list().empty());
  auto const b = channel::create("b", {.capacity = 8192});
  auto const a = channel::create("a/1", {.type = type_id{"pose", 3}});
  std::ofstream(scratch.file("foreign")) << "not a channel";
  auto const listed = channel::list();
  BOOST_REQUIRE(listed.size() == 3U);
  BOOST_TEST(listed[0].name == "a/1");
  BOOST_TEST(listed[0].type.name == "pose");
  BOOST_CHECK(listed[0].holders == std::vector<pid_t>{::getpid()});
  BOOST_TEST(listed[1].capacity == 8192U);
  BOOST_CHECK(listed[2].state == listing::state::damaged);
  BOOST_TEST(!listed[2].note.empty());
}

BOOST_AUTO_TEST_CASE(opening_waits_for_a_name) {
  support::scratch_registry const scratch;
  std::atomic<bool> opened{false};
  std::thread creator([&] {
    std::this_thread::sleep_for(30ms);
    auto const ch = channel::create("late");
    while (!opened) std::this_thread::yield();
  });
  BOOST_CHECK_NO_THROW(channel::open("late", wait_for{60s}));
  opened = true;
  creator.join();
  support::expect_error(
      errc::timeout, [] { channel::open("never", wait_for{10ms}); }, "open channel 'never'", scratch.path());
  support::expect_error(errc::timeout, [] { channel::open("never", wait_for{0ms}); });
}

BOOST_AUTO_TEST_CASE(an_anonymous_channel_has_no_file) {
  support::scratch_registry const scratch;
  auto const ch = channel::create_anonymous();
  BOOST_TEST(scratch.files() == 0U);
  BOOST_TEST(ch.info().name.empty());
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  BOOST_TEST(pub.publish(support::bytes_of("x")).sequence == 1U);
  BOOST_TEST(support::text_of(sub.receive().bytes()) == "x");
}

BOOST_AUTO_TEST_CASE(one_channel_twice_and_several_channels_in_one_process) {
  support::scratch_registry const scratch;
  auto const a = channel::create("a");
  auto const again = channel::open("a");
  auto const b = channel::create("b");
  auto pub_a = a.publisher();
  auto pub_b = b.publisher();
  auto sub_again = again.subscriber();
  auto sub_b = b.subscriber();
  pub_a.publish(support::bytes_of("for a"));
  pub_b.publish(support::bytes_of("for b"));
  BOOST_TEST(support::text_of(sub_again.receive().bytes()) == "for a");
  BOOST_TEST(support::text_of(sub_b.receive().bytes()) == "for b");
  BOOST_TEST(sub_b.try_receive().status() == status::timeout);
}

BOOST_AUTO_TEST_CASE(an_empty_channel_object_is_an_error_of_its_own) {
  channel const none;
  BOOST_TEST(!none);
  support::expect_error(errc::detached, [&] { none.publisher(); });
  support::expect_error(errc::detached, [&] { none.subscriber(); });
  support::expect_error(errc::detached, [&] { none.info(); });
}

BOOST_AUTO_TEST_CASE(opening_and_closing_leaks_nothing) {
  support::scratch_registry const scratch;
  auto const use = [] {
    auto const ch = channel::create("x");
    auto const other = channel::open("x");
    auto pub = ch.publisher();
    auto sub = other.subscriber();
    pub.publish(support::bytes_of("x"));
    auto const m = sub.receive();
  };
  use();
  auto const before = support::resources::now();
  for (int i = 0; i < 50; ++i) use();
  BOOST_TEST(support::resources::now() == before);
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_CASE(what_killed_creators_left_is_swept_away) {
  support::scratch_registry const scratch;
  support::child dead([] {
    auto const ch = channel::create("x");
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  dead.wait();
  auto const e = quoit::registry::entry(sys::descriptor(::open(scratch.file("x").c_str(), O_RDWR)), scratch.file("x"));
  std::filesystem::rename(scratch.file("x"), scratch.file(quoit::registry::hidden_name(e.uuid())));
  auto const ch = channel::create("y");
  BOOST_TEST(scratch.files() == 1U);
}

BOOST_AUTO_TEST_CASE(a_name_left_by_a_remover_who_was_killed_half_way_is_free) {
  // The channel knows that it is retired, and the file is still there.
  support::scratch_registry const scratch;
  for (int way = 0; way < 4; ++way) {
    auto const old = channel::create("x");
    auto const e = registry::entry::open(registry::directory::open(), "x");
    auto const kept = scratch.file(registry::hidden_name(e.uuid()));
    std::filesystem::create_hard_link(scratch.file("x"), kept);
    channel::remove("x");
    BOOST_REQUIRE(old.retired());
    std::filesystem::rename(kept, scratch.file("x"));
    if (way == 0) BOOST_CHECK_THROW(channel::open("x"), error);
    if (way == 1) BOOST_TEST(!channel::create("x").retired());
    if (way == 2) BOOST_TEST(!channel::open_or_create("x").retired());
    if (way == 3) BOOST_TEST(!channel::create("x", replace).retired());
  }
}

BOOST_AUTO_TEST_CASE(a_failed_replacement_leaves_the_old_one_in_use) {
  support::scratch_registry const scratch;
  auto const old = channel::create("x", {.capacity = 4096});
  static int links = 0;
  links = 0;
  sys::set_call_hook([](sys::call c) noexcept { return c == sys::call::linkat_ && ++links == 2 ? ENOSPC : 0; });
  BOOST_CHECK_THROW(channel::create("x", replace), error);
  sys::set_call_hook(nullptr);
  BOOST_TEST(!old.retired());
  BOOST_TEST(channel::open("x").info().uuid == old.info().uuid);
  BOOST_TEST(scratch.files() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
