// SPDX-License-Identifier: BSL-1.0
// Channels whose memory is a file: they outlive their processes, and nothing else at their path is harmed.
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backing_kinds.hpp"
#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "stream_bytes.hpp"
#include "system/step.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

struct world {
  support::scratch_registry registry;
  support::scratch_directory files{"/dev/shm"};
  std::string path = files.file("ring");
  channel_options options{.capacity = 64_KiB, .path = path};
};

void publish(channel const& ch, std::string const& text) { ch.publisher().publish(support::bytes_of(text)); }

std::vector<std::string> history(channel const& ch) {
  std::vector<std::string> all;
  auto sub = ch.subscriber({.start = oldest});
  for (auto m = sub.try_receive(); m.status() != status::timeout; m = sub.try_receive()) {
    all.push_back(m ? support::text_of(m.bytes()) : std::string("<") + to_string(m.status()) + ">");
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(files_test)

BOOST_AUTO_TEST_CASE(the_channel_outlives_its_processes_and_is_taken_up_with_its_history) {
  world w;
  support::gate published;
  support::child creator([&] {
    auto const ch = channel::open_or_create("x", w.options);
    publish(ch, "one");
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("two"));
    published.open();
    ::pause();
    return 0;
  });
  published.pass();
  creator.kill();
  BOOST_REQUIRE(channel::list().size() == 1U);
  BOOST_TEST((channel::list()[0].state == listing::state::dormant));
  BOOST_TEST(channel::list()[0].file == w.path);
  {
    auto const ch = channel::open("x");
    BOOST_TEST(ch.info().path == w.path);
    BOOST_TEST((ch.info().backing == backing::file));
    BOOST_TEST((channel::list()[0].state == listing::state::alive));
    BOOST_TEST(history(ch) == (std::vector<std::string>{"one", "<closed>", "two", "<died>"}),
               boost::test_tools::per_element());
    BOOST_TEST(ch.publisher().publish(support::bytes_of("three")).sequence == 3U);
  }
  std::filesystem::remove_all(w.registry.path());  // as after a reboot, when the default registry has gone
  std::filesystem::create_directory(w.registry.path());
  support::expect_error(errc::no_such_channel, [] { channel::open("x"); });
  auto const again = channel::open_or_create("another/name", {.path = w.path});
  BOOST_TEST(history(again).size() == 6U);
  BOOST_TEST(again.info().capacity == 64_KiB);
}

BOOST_AUTO_TEST_CASE(a_file_gets_another_name_if_nobody_uses_it) {
  world w;
  {
    auto const ch = channel::create("x", w.options);
    publish(ch, "one");
    support::expect_error(
        errc::mismatch, [&] { channel::open("y", {.path = w.path}); }, "channel y", "channel x");
    BOOST_TEST(channel::list().size() == 1U);
  }
  publish(channel::open("y", {.path = w.path}), "two");
  BOOST_TEST(history(channel::open("y")).size() == 4U);
  // The old name leads nowhere any more.
  support::expect_error(
      errc::damaged, [] { channel::open("x"); }, "channel x", "channel y", "remove this name");
  support::expect_error(
      errc::damaged, [] { observer::open("x"); }, "channel x", "channel y");
  channel::remove("x");
  BOOST_TEST(history(channel::open("y")).size() == 4U);
}

BOOST_AUTO_TEST_CASE(a_name_of_a_file_that_is_used_under_another_registry_directory_is_not_removed_but_by_force) {
  world w;
  auto const ch = channel::create("x", w.options);
  auto sub = ch.subscriber();
  support::scratch_registry const elsewhere;
  channel::open("x", {.path = w.path});
  BOOST_REQUIRE(channel::list().size() == 1U);
  BOOST_TEST((channel::list()[0].state == listing::state::dormant));
  support::expect_error(
      errc::exists, [] { channel::remove("x", if_unused); }, "nobody uses", "another registry directory");
  BOOST_TEST(w.files.files() == 1U);
  BOOST_TEST((sub.try_receive().status() == status::timeout));
  channel::remove("x");
  BOOST_TEST(w.files.files() == 0U);
  BOOST_TEST((sub.try_receive().status() == status::retired));
}

#ifdef QUOIT_STEPS
BOOST_AUTO_TEST_CASE(a_kill_when_a_file_has_just_got_another_name_leaves_that) {
  world w;
  publish(channel::create("x", w.options), "one");
  support::child killed([&] {
    sys::on_step = [](char const* name) noexcept {
      if (std::string_view(name) == "file_renamed") ::raise(SIGKILL);
    };
    channel::open("y", {.path = w.path});
    return 0;
  });
  BOOST_TEST(killed.wait() == -SIGKILL);
  support::expect_error(
      errc::damaged, [] { channel::open("x"); }, "channel y");
  BOOST_TEST(history(channel::open("y", {.path = w.path})).size() == 2U);
}
#endif

BOOST_AUTO_TEST_CASE(a_stream_waits_in_its_file) {
  world w;
  w.options.kind = kind::stream;
  {
    auto writer = channel::create("s", w.options).stream_writer();
    std::vector<std::byte> bytes(50'000);
    support::fill_from(0, bytes);
    writer.write(bytes);
  }
  auto reader = channel::open("s").stream_reader({.start = oldest});
  auto const all = reader.data(50'000);
  BOOST_REQUIRE(all.bytes.size() == 50'000U);
  BOOST_TEST(support::is_from(0, all.bytes));
}

BOOST_AUTO_TEST_CASE(of_many_who_take_it_up_at_once_all_get_the_same_channel) {
  world w;
  for (int round = 0; round < 20; ++round) {
    { publish(channel::open_or_create("x", w.options), "before"); }
    support::gate go;
    support::gate there;
    support::gate leave;
    std::vector<support::child> all;
    for (int i = 0; i < 4; ++i) {
      all.emplace_back([&] {
        go.pass();
        auto const ch = channel::open_or_create("x", w.options);
        auto sub = ch.subscriber();
        there.open();
        auto const m = sub.receive(10s);
        leave.pass();
        return support::text_of(m.bytes()) == "to all" ? 0 : 1;
      });
    }
    go.open(4);
    for (int i = 0; i < 4; ++i) there.pass();
    auto const ch = channel::open("x");
    publish(ch, "to all");
    leave.open(4);
    for (auto& c : all) BOOST_TEST(c.wait() == 0);
    BOOST_TEST(w.files.files() == 1U);
    channel::remove("x");
    BOOST_TEST(w.files.files() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(create_overwrites_nothing) {
  world w;
  std::ofstream(w.path) << "somebody's letters";
  support::expect_error(
      errc::exists, [&] { channel::create("x", w.options); }, "a file that is no channel's", w.path);
  support::expect_error(
      errc::exists, [&] { channel::create("x", quoit::replace, w.options); }, "no channel's");
  support::expect_error(
      errc::damaged, [&] { channel::open_or_create("x", w.options); }, "superblock");
  std::string text;
  std::getline(std::ifstream(w.path) >> std::ws, text);
  BOOST_TEST(text == "somebody's letters");
  std::filesystem::remove(w.path);
  publish(channel::create("x", w.options), "kept");
  support::expect_error(
      errc::exists, [&] { channel::create("x", w.options); }, "the file of a channel", "open_or_create");
  BOOST_TEST(history(channel::open("x"))[0] == "kept");
  BOOST_TEST(w.files.files() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_planted_at_the_path_is_refused) {
  world w;
  std::filesystem::create_symlink("/etc/passwd", w.path);
  support::expect_error(
      errc::untrusted, [&] { channel::open_or_create("x", w.options); }, "symbolic link");
  std::filesystem::remove(w.path);
  BOOST_REQUIRE(::mkfifo(w.path.c_str(), 0600) == 0);
  support::expect_error(errc::untrusted, [&] { channel::open_or_create("x", w.options); });
  std::filesystem::remove(w.path);
  std::filesystem::create_directory(w.path);
  support::expect_error(errc::untrusted, [&] { channel::open_or_create("x", w.options); });
  BOOST_TEST(w.files.files() == 1U);
  auto elsewhere = w.options;
  elsewhere.path = w.files.file("no/such/directory/ring");
  support::expect_error(
      std::error_code(ENOENT, std::system_category()), [&] { channel::create("x", elsewhere); },
      "name a directory that exists");
  elsewhere.path = std::string(1500, 'x');
  support::expect_error(
      errc::bad_options, [&] { channel::create("x", elsewhere); }, "at most 1000 bytes");
  support::expect_error(
      errc::bad_options, [] { channel::create("x", {.backing = backing::file}); }, "no path");
  support::expect_error(errc::bad_options, [&] { channel::create("x", {.backing = backing::memfd, .path = "/x"}); });
}

BOOST_AUTO_TEST_CASE(a_file_that_was_given_a_second_name_is_not_written_to) {
  world w;
  publish(channel::create("x", w.options), "hello");
  std::filesystem::create_hard_link(w.path, w.path + ".too");
  support::expect_error(
      errc::untrusted, [] { channel::open("x"); }, w.path, "2 names (hard links)");
  support::expect_error(
      errc::untrusted, [&] { channel::open_or_create("y", {.path = w.path + ".too"}); }, w.path + ".too");
  BOOST_CHECK_NO_THROW(observer::open_file(w.path + ".too"));
  std::filesystem::remove(w.path + ".too");
  BOOST_TEST(history(channel::open("x")).at(0) == "hello");
}

BOOST_AUTO_TEST_CASE(a_file_that_was_damaged_or_cut_is_refused) {
  world w;
  publish(channel::create("x", w.options), "x");
  std::filesystem::resize_file(w.path, std::filesystem::file_size(w.path) - 1);
  support::expect_error(
      errc::damaged, [] { channel::open("x"); }, "a file of exactly");
  std::filesystem::resize_file(w.path, std::filesystem::file_size(w.path) + 1);
  BOOST_CHECK_NO_THROW(channel::open("x"));
  std::fstream(w.path, std::ios::in | std::ios::out | std::ios::binary).seekp(100) << "damage";
  support::expect_error(
      errc::damaged, [] { channel::open("x"); }, "checksum");
  BOOST_CHECK_NO_THROW(channel::remove("x"));
}

BOOST_AUTO_TEST_CASE(replacing_retires_the_old_channel_and_puts_the_new_file_in_its_place) {
  world w;
  auto const old = channel::create("x", w.options);
  publish(old, "old");
  auto sub = old.subscriber();
  auto const ch = channel::create("x", quoit::replace, w.options);
  BOOST_TEST(sub.receive().status() == status::retired);
  publish(ch, "new");
  BOOST_TEST(history(channel::open("x"))[0] == "new");
  BOOST_TEST(w.files.files() == 1U);
}

BOOST_AUTO_TEST_CASE(those_inside_go_on_when_the_file_is_deleted_and_openers_are_told) {
  world w;
  auto const ch = channel::create("x", w.options);
  std::filesystem::remove(w.path);
  publish(ch, "still here");
  BOOST_TEST(history(ch)[0] == "still here");
  support::expect_error(
      errc::unreachable, [] { channel::open("x"); }, "no file " + w.path);
}

BOOST_AUTO_TEST_CASE(under_dev_shm_it_is_posix_shared_memory) {
  support::scratch_registry const registry;
  auto const name = "/quoit-test-posix-" + std::to_string(::getpid());
  auto const ch = channel::create("x", {.capacity = 64_KiB, .path = "/dev/shm" + name});
  int const fd = ::shm_open(name.c_str(), O_RDWR, 0);
  BOOST_REQUIRE(fd >= 0);
  auto const other = channel::from_handles({fd, fd});
  ::close(fd);
  BOOST_TEST(other.info().uuid == ch.info().uuid);
  BOOST_TEST(::shm_unlink(name.c_str()) == 0);
  support::expect_error(
      errc::unreachable, [] { channel::open("x"); }, "deleted");
}

BOOST_AUTO_TEST_CASE(a_relative_path_is_that_of_the_creator) {
  world w;
  auto const here = std::filesystem::current_path();
  std::filesystem::current_path(w.files.path());
  auto const ch = channel::create("x", {.capacity = 4096, .path = "./sub/../ring"});
  std::filesystem::current_path(here);
  BOOST_TEST(ch.info().path == w.path);
  BOOST_CHECK_NO_THROW(channel::open("x", {.path = w.path}));
  support::expect_error(
      errc::mismatch, [] { channel::open("x", {.path = "/elsewhere"}); }, "a file at /elsewhere");
}

BOOST_AUTO_TEST_CASE(a_truncation_under_a_guarded_channel_is_told_as_corrupt) {
  world w;
  w.options.mapping.survive_truncation = true;
  for (auto const k : {kind::messages, kind::stream}) {
    w.options.kind = k;
    support::child user([&] {
      auto const ch = channel::create("x", w.options);
      if (k == kind::messages) {
        auto pub = ch.publisher();
        auto sub = ch.subscriber();
        pub.publish(support::bytes_of("held"));
        auto const held = sub.receive();
        support::require(held.whole(), "whole before");
        std::filesystem::resize_file(w.path, 0);
        support::require(sub.receive(1s).status() == status::corrupt, "receive");
        support::require(sub.try_receive().status() == status::corrupt, "try_receive");
        support::require(!held.whole(), "not whole after");
        for (auto const b : held.bytes()) support::require(b == std::byte{0}, "zeros");
        support::require(pub.publish(support::bytes_of("x")).status == status::corrupt, "publish");
        support::require(pub.reserve(10).status() == status::corrupt, "reserve");
      } else {
        auto writer = ch.stream_writer();
        auto reader = ch.stream_reader();
        auto const room = writer.prepare(100);
        std::filesystem::resize_file(w.path, 0);
        support::fill_from(0, room.bytes);
        support::require(writer.commit(100).status == status::corrupt, "commit");
        support::require(writer.prepare(1).status == status::corrupt, "prepare");
        support::require(reader.data(1, 1s).status == status::corrupt, "data");
      }
      return 0;
    });
    BOOST_TEST(user.wait() == 0);
    std::filesystem::remove(w.path);
  }
}

BOOST_AUTO_TEST_CASE(the_guard_passes_on_what_is_not_its_own) {
  world w;
  w.options.mapping.survive_truncation = true;
  auto const other = w.files.file("other");
  auto const fault = [&](bool with_handler) {
    if (with_handler) ::signal(SIGBUS, [](int) { ::_exit(42); });
    auto const ch = channel::create("x", w.options);
    int const fd = ::open(other.c_str(), O_RDWR | O_CREAT, 0600);
    support::require(::ftruncate(fd, 4096) == 0, "ftruncate");
    auto* const p = static_cast<char volatile*>(::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0));
    support::require(::ftruncate(fd, 0) == 0, "ftruncate");
    return static_cast<int>(p[0]);
  };
  support::child handled([&] { return fault(true); });
  BOOST_TEST(handled.wait() == 42);
  channel::remove("x");
  if (support::skipped_if_sanitized("it has a handler of its own for what nobody handles")) return;
  support::child unhandled([&] { return fault(false); });
  BOOST_TEST(unhandled.wait() == -SIGBUS);
}

BOOST_AUTO_TEST_CASE(without_the_guard_a_truncation_ends_the_process_that_touches_what_is_gone) {
  if (support::skipped_if_sanitized("it has a handler of its own for what nobody handles")) return;
  world w;
  support::child user([&] {
    auto const ch = channel::create("x", w.options);
    auto pub = ch.publisher();
    std::filesystem::resize_file(w.path, 0);
    pub.publish(support::bytes_of("x"));
    return 0;
  });
  BOOST_TEST(user.wait() == -SIGBUS);
}

#ifdef QUOIT_STEPS
BOOST_AUTO_TEST_CASE(a_kill_at_each_step_of_making_replacing_or_removing_leaves_what_can_be_used) {
  static std::string fatal;
  for (char const* const step : {"file_linked", "entry_prepared", "entry_linked", "janitor_locked", "retired",
                                 "entry_linked_hidden", "entry_renamed", "file_replaced", "entry_unlinked"}) {
    for (int const doing : {0, 1, 2}) {
      BOOST_TEST_CONTEXT(step << " while doing " << doing) {
        world w;
        if (doing > 0) publish(channel::create("x", w.options), "old");
        support::child killed([&] {
          std::optional<channel> held;
          if (doing > 0) held = channel::open("x");
          fatal = step;
          sys::on_step = [](char const* name) noexcept {
            if (fatal == name) ::raise(SIGKILL);
          };
          if (doing == 0) channel::create("x", w.options);
          if (doing == 1) channel::create("x", quoit::replace, w.options);
          if (doing == 2) channel::remove("x");
          return 0;
        });
        killed.wait();
        {
          auto const ch = channel::open_or_create("x", w.options);
          publish(ch, "after");
          BOOST_TEST(history(ch).size() >= 2U);
        }
        channel::remove("x");
        support::expect_error(errc::no_such_channel, [] { channel::open("x"); });
        channel::create("x", w.options);
        BOOST_TEST(w.files.files() <= 2U);  // one that was to replace another may stay, beside it
      }
    }
  }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
