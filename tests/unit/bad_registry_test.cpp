// SPDX-License-Identifier: BSL-1.0
// A registry directory, or files in it, that cannot be trusted or read.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "registry/entry.hpp"
#include "registry/name.hpp"
#include "resources.hpp"
#include "scratch_registry.hpp"
#include "segment/digest.hpp"
#include "tried.hpp"

using namespace quoit;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// Overwrites bytes of a file.
void poke(std::string const& file, std::size_t at, void const* data, std::size_t size) {
  int const fd = ::open(file.c_str(), O_RDWR);
  BOOST_REQUIRE(fd >= 0);
  BOOST_REQUIRE(::pwrite(fd, data, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size));
  ::close(fd);
}

registry::description description_in(std::string const& file) {
  registry::description d{};
  std::ifstream(file, std::ios::binary).read(reinterpret_cast<char*>(&d), sizeof d);
  return d;
}

void put(std::string const& file, registry::description d) {
  d.checksum = segment::checksum(&d, offsetof(registry::description, checksum));
  poke(file, 0, &d, sizeof d);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_registry_test)

BOOST_AUTO_TEST_CASE(a_directory_that_anybody_can_write_to) {
  support::scratch_registry const scratch;
  ::chmod(scratch.path().c_str(), 0777);
  support::expect_error(
      errc::untrusted, [] { channel::create("x"); }, scratch.path(), "mode 0777", "chmod");
  ::chmod(scratch.path().c_str(), 01777);
  BOOST_CHECK_NO_THROW(channel::create("x"));
}

BOOST_AUTO_TEST_CASE(a_directory_of_somebody_else) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("SKIPPED: only root can give a directory away");
    return;
  }
  support::scratch_registry const scratch;
  BOOST_REQUIRE(::chown(scratch.path().c_str(), 12345, 12345) == 0);
  support::expect_error(
      errc::untrusted, [] { channel::create("x"); }, "owner 0", "found: owner 12345");
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_none_or_not_absolute_or_not_there) {
  support::scratch_registry const scratch;
  std::ofstream(scratch.file("plain")) << "x";
  support::scratch_registry::use(scratch.file("plain"));
  support::expect_error(
      errc::untrusted, [] { channel::create("x"); }, "a directory");
  support::scratch_registry::use("relative/path");
  support::expect_error(
      errc::untrusted, [] { channel::create("x"); }, "absolute");
  support::scratch_registry::use(scratch.file("no/such/place"));
  support::expect_error(
      std::error_code(ENOENT, std::system_category()), [] { channel::create("x"); }, "no/such/place");
  support::scratch_registry::use(scratch.file("fresh"));
  BOOST_CHECK_NO_THROW(channel::create("x"));
  struct stat st {};
  ::stat(scratch.file("fresh").c_str(), &st);
  BOOST_TEST((st.st_mode & 07777U) == 0700U);
}

BOOST_AUTO_TEST_CASE(links_fifos_and_directories_in_place_of_a_channel) {
  support::scratch_registry const scratch;
  fs::create_symlink("/etc/passwd", scratch.file("link"));
  ::mkfifo(scratch.file("fifo").c_str(), 0600);
  fs::create_directory(scratch.file("folder"));
  for (auto const* name : {"link", "fifo", "folder"}) {
    support::expect_error(
        errc::untrusted, [&] { channel::open(name); }, scratch.file(name), "regular file");
    support::expect_error(
        errc::untrusted, [&] { observer::open(name); }, scratch.file(name), "regular file");
    support::expect_error(
        errc::untrusted, [&] { channel::create(name); }, scratch.file(name));
    support::expect_error(
        errc::untrusted, [&] { channel::remove(name); }, scratch.file(name));
  }
  BOOST_TEST(channel::list().size() == 3U);
  for (auto const& l : channel::list()) BOOST_CHECK(l.state == listing::state::damaged);
}

BOOST_AUTO_TEST_CASE(a_file_that_was_given_a_second_name) {
  // Who takes part in "shared" can do that, and write into the file, and into its memory, what suits that name.
  support::scratch_registry const scratch;
  auto const shared = channel::create("shared", {.mode = 0660});
  fs::create_hard_link(scratch.file("shared"), scratch.file("private"));
  auto d = description_in(scratch.file("private"));
  d.name = {};
  std::memcpy(d.name.data(), "private", 7);
  put(scratch.file("private"), d);
  auto const refused = [&](auto const& f) {
    support::expect_error(
        errc::untrusted, [&] { f(); }, scratch.file("private"), "2 names (hard links)");
  };
  refused([] { channel::open("private"); });
  refused([] { channel::open_or_create("private"); });
  refused([] { channel::create("private"); });
  refused([] { channel::create("private", replace); });
  refused([] { observer::open("private"); });
  refused([] { channel::remove("private"); });
  for (auto const& l : channel::list()) BOOST_CHECK(l.state == listing::state::damaged);
  fs::remove(scratch.file("private"));
  d.name = {};
  std::memcpy(d.name.data(), "shared", 6);
  put(scratch.file("shared"), d);
  BOOST_CHECK_NO_THROW(channel::open("shared"));
}

BOOST_AUTO_TEST_CASE(a_second_name_that_its_creator_has_left_by_accident) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x");
  fs::create_hard_link(scratch.file("x"), scratch.file(registry::hidden_name(description_in(scratch.file("x")).uuid)));
  BOOST_CHECK_NO_THROW(channel::open("x"));
}

BOOST_AUTO_TEST_CASE(a_device_in_place_of_a_channel) {
  support::scratch_registry const scratch;
  auto const device = scratch.file("device");
  if (::mknod(device.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) {  // as /dev/null is
    BOOST_REQUIRE(errno == EPERM);
    BOOST_TEST_MESSAGE("SKIPPED: no right to make a device");
    return;
  }
  support::expect_error(
      errc::untrusted, [] { channel::open("device"); }, device, "regular file");
  support::expect_error(
      errc::untrusted, [] { observer::open("device"); }, device, "regular file");
  support::expect_error(
      errc::untrusted, [] { channel::create("device"); }, device);
  support::expect_error(
      errc::untrusted, [] { channel::remove("device"); }, device);
  auto const all = channel::list();
  BOOST_REQUIRE(all.size() == 1U);
  BOOST_CHECK(all[0].state == listing::state::damaged);
}

BOOST_AUTO_TEST_CASE(a_file_of_somebody_else) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("SKIPPED: only root can give a file away");
    return;
  }
  support::scratch_registry const scratch;
  auto const ch = channel::create("x");
  BOOST_REQUIRE(::chown(scratch.file("x").c_str(), 12345, 12345) == 0);
  support::expect_error(
      errc::untrusted, [] { channel::open("x"); }, "file of user 12345");
}

BOOST_AUTO_TEST_CASE(foreign_truncated_and_garbage_files) {
  support::scratch_registry const scratch;
  std::ofstream(scratch.file("empty"));
  std::ofstream(scratch.file("text")) << std::string(10000, 'x');
  {
    auto const ch = channel::create("cut");
    fs::copy_file(scratch.file("cut"), scratch.file("short"));
  }
  fs::resize_file(scratch.file("short"), 200);
  for (auto const* name : {"empty", "text", "short"}) {
    support::expect_error(
        errc::damaged, [&] { channel::open(name); }, scratch.file(name), "delete it");
    support::expect_error(
        errc::damaged, [&] { channel::create(name); }, scratch.file(name));
    support::expect_error(
        errc::damaged, [&] { channel::open_or_create(name); }, scratch.file(name));
    BOOST_TEST(fs::exists(scratch.file(name)));  // nothing is deleted unasked
  }
  channel::remove("short");  // it begins as one of ours
  BOOST_CHECK_NO_THROW(channel::create("short"));
  for (auto const* name : {"empty", "text"}) {  // what never was a channel's is nobody's to delete but its owner's
    support::expect_error(
        errc::damaged, [&] { channel::remove(name); }, scratch.file(name));
    BOOST_TEST(fs::exists(scratch.file(name)));
  }
}

BOOST_AUTO_TEST_CASE(files_of_others_in_the_directory_are_left_alone) {
  support::scratch_registry const scratch;
  for (auto const* name : {".bashrc", ".0a1b2c3d-0000-0000-0000-000000000000", "..x"}) {
    std::ofstream(scratch.file(name)) << "precious";
  }
  {
    auto const ch = channel::create("x");
    channel::list();
    channel::create("x", replace);
  }
  channel::list();
  BOOST_TEST(scratch.files() == 3U);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_now_does_not_hide_the_others) {
  // Somebody's lease: whoever opens the file would have to wait until it is given up.
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  support::gate leased;
  support::child owner([&] {
    ::signal(SIGIO, SIG_IGN);
    int const fd = ::open(scratch.file("a").c_str(), O_RDWR | O_CREAT, 0666);
    support::require(::fcntl(fd, F_SETLEASE, F_WRLCK) == 0, "lease");
    leased.open();
    ::pause();
    return 0;
  });
  leased.pass();
  auto const all = channel::list();
  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST((all[0].state == listing::state::damaged));
  BOOST_TEST((all[1].state == listing::state::alive));
}

BOOST_AUTO_TEST_CASE(every_changed_bit_of_a_description_is_found) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto const file = scratch.file("x");
  auto const good = description_in(file);
  std::size_t tried = 0;
  for (std::size_t bit = 0; bit < sizeof good * 8; bit += 7, ++tried) {
    auto bad = good;
    reinterpret_cast<unsigned char*>(&bad)[bit / 8] ^= static_cast<unsigned char>(1U << bit % 8);
    poke(file, 0, &bad, sizeof bad);
    BOOST_REQUIRE_THROW(channel::open("x"), error);
  }
  poke(file, 0, &good, sizeof good);
  BOOST_CHECK_NO_THROW(channel::open("x"));
  QUOIT_TRIED(tried << " bits of " << sizeof good * 8 << " of a registry file, each changed");
}

BOOST_AUTO_TEST_CASE(another_version_another_kind_another_name) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto const file = scratch.file("x");
  auto const good = description_in(file);
  auto d = good;
  d.version = 3;
  put(file, d);
  support::expect_error(
      errc::incompatible, [] { channel::open("x"); }, "version 2", "version 3");
  d = good;
  d.rules.kind = 3;
  put(file, d);
  support::expect_error(
      errc::incompatible, [] { channel::open("x"); }, "kind 3");
  d = good;
  d.name[0] = 'y';
  put(file, d);
  support::expect_error(
      errc::damaged, [] { channel::open("x"); }, "the name x", "the name y");
  d = good;
  d.uuid[0] ^= 1;
  put(file, d);
  support::expect_error(
      errc::damaged, [] { channel::open("x"); }, "uuid");
  put(file, good);
}

BOOST_AUTO_TEST_CASE(a_holder_that_cannot_be_reached) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto const file = scratch.file("x");
  auto const entry = registry::entry(sys::descriptor(::open(file.c_str(), O_RDWR)), file);
  auto const good = entry.holders().at(0).record;
  auto const sealed = [](registry::holder_record r) {
    r.checksum = segment::checksum(&r, offsetof(registry::holder_record, checksum));
    return r;
  };
  auto r = good;
  r.pid_namespace ^= 1;
  entry.write(0, sealed(r));
  support::expect_error(
      errc::unreachable, [] { channel::open("x"); }, "another pid namespace", "holder 0, pid");
  r = good;
  r.header_fd = 9999;
  entry.write(0, sealed(r));
  support::expect_error(
      errc::unreachable, [] { channel::open("x"); }, "no such process or descriptor");
  r = good;
  r.data_fd = 0;
  entry.write(0, sealed(r));
  support::expect_error(
      errc::unreachable, [] { channel::open("x"); }, "descriptor 0 is something else");
  entry.write(0, registry::holder_record{});
  support::expect_error(
      errc::unreachable, [] { channel::open("x"); }, "has not written its record");
  std::thread slow([&] {
    std::this_thread::sleep_for(400ms);
    entry.write(0, good);
  });
  BOOST_CHECK_NO_THROW(channel::open("x"));
  slow.join();
}

BOOST_AUTO_TEST_CASE(a_planted_pid_opens_nothing_of_that_process) {
  // The record says that a descriptor of another process is the channel's; it is a FIFO, and opening it would block.
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto const file = scratch.file("x");
  auto const fifo = scratch.file("fifo");
  BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  int const fd = ::open(fifo.c_str(), O_RDWR);
  auto const entry = registry::entry(sys::descriptor(::open(file.c_str(), O_RDWR)), file);
  auto r = entry.holders().at(0).record;
  r.header_fd = fd;
  r.checksum = segment::checksum(&r, offsetof(registry::holder_record, checksum));
  entry.write(0, r);
  support::expect_error(
      errc::unreachable, [] { channel::open("x"); }, "something else");
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(random_garbage_opens_nothing_and_leaks_nothing) {
  support::scratch_registry const scratch;
  support::random random(7);
  { BOOST_CHECK_NO_THROW(channel::create("warm")); }
  auto const before = support::resources::now();
  for (int i = 0; i < 200; ++i) {
    std::string text(random.below(9000), '\0');
    support::fill(std::as_writable_bytes(std::span(text)), random());
    std::ofstream(scratch.file("x"), std::ios::binary) << text;
    BOOST_REQUIRE_THROW(channel::open("x"), error);
    channel::list();
  }
  BOOST_TEST(support::resources::now() == before);
}

BOOST_AUTO_TEST_SUITE_END()
