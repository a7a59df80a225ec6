// SPDX-License-Identifier: BSL-1.0
// Who takes part in a channel can write its registry file, and its checksum is no secret. He tries to lead the
// channel's owner somewhere else: to another channel, which he may not even read, or to what is no memory at all.
#include <filesystem>
#include <functional>

#include <fcntl.h>
#include <sys/stat.h>

#include "backing_kinds.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "registry/entry.hpp"
#include "scratch_registry.hpp"
#include "segment/digest.hpp"
#include "segment/memory.hpp"

using namespace quoit;
using registry::description;
namespace fs = std::filesystem;

namespace {

registry::entry entry_of(support::scratch_registry const& scratch, std::string const& name) {
  auto const file = scratch.file(name);
  return registry::entry(sys::descriptor(::open(file.c_str(), O_RDWR)), file);
}

void forge(registry::entry const& e, std::function<void(description&)> const& change) {
  auto d = e.describe();
  change(d);
  d.checksum = segment::checksum(&d, offsetof(description, checksum));
  e.write(d);
}

/// Everything but the name, and perhaps the uuid.
void lead_to(description& d, description const& other, bool and_uuid) {
  d.header = other.header;
  d.data = other.data;
  d.rules = other.rules;
  d.path = other.path;
  d.boot = other.boot;
  if (and_uuid) d.uuid = other.uuid;
}

struct world {
  support::scratch_registry registry;
  support::scratch_directory files;
  std::string path = files.file("private");
};

}  // namespace

BOOST_AUTO_TEST_SUITE(forged_test)

BOOST_AUTO_TEST_CASE(a_channel_that_is_led_to_another_one_is_not_used_and_the_other_one_is_left_alone) {
  for (auto const of_other : {backing::memfd, backing::file, backing::sysv}) {
    for (bool const and_uuid : {false, true}) {
      BOOST_TEST_CONTEXT("backing " << static_cast<int>(of_other) << ", with its uuid: " << and_uuid) {
        world w;
        channel_options options{.capacity = 4096, .backing = of_other};
        if (of_other == backing::file) options.path = w.path;
        auto const other = channel::create("private", options);
        auto sub = other.subscriber();
        auto const own = channel::create("shared", {.capacity = 4096, .mode = 0660});
        auto const meant = entry_of(w.registry, "private").describe();
        forge(entry_of(w.registry, "shared"), [&](auto& d) { lead_to(d, meant, and_uuid); });
        auto const refused = [](auto const& f) {
          support::expect_error(
              errc::damaged, [&] { f(); }, "channel shared", "channel private");
        };
        if (of_other == backing::memfd) {
          // Its holder's record leads to the old memory: he would have to know the numbers of the other one's.
          auto const e = entry_of(w.registry, "shared");
          auto r = e.holders().at(0).record;
          r.header_fd = other.native_handles().header;
          r.data_fd = other.native_handles().data;
          r.checksum = segment::checksum(&r, offsetof(registry::holder_record, checksum));
          e.write(0, r);
        }
        refused([] { channel::open("shared"); });
        if (of_other != backing::sysv) refused([] { observer::open("shared"); });
        refused([] { channel::remove("shared"); });
        refused([] { channel::create("shared", replace, {.capacity = 4096}); });
        BOOST_TEST((sub.try_receive().status() == status::timeout));
        BOOST_CHECK_NO_THROW(channel::open("private"));
        BOOST_TEST(fs::exists(w.path) == (of_other == backing::file));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_dead_channel_that_is_led_to_anothers_file_neither_takes_that_up_nor_deletes_it) {
  for (bool const and_uuid : {false, true}) {
    for (bool const in_use : {false, true}) {
      BOOST_TEST_CONTEXT("with its uuid: " << and_uuid << ", in use: " << in_use) {
        world w;
        std::optional<channel> other = channel::create("private", {.capacity = 4096, .path = w.path});
        support::gate made;
        support::child holder([&] {
          auto const ch = channel::create("shared", {.capacity = 4096, .mode = 0660});
          made.open();
          ::pause();
          return 0;
        });
        made.pass();
        holder.kill();
        auto const meant = entry_of(w.registry, "private").describe();
        forge(entry_of(w.registry, "shared"), [&](auto& d) { lead_to(d, meant, and_uuid); });
        if (!in_use) other.reset();
        auto const refused = [](auto const& f) {
          support::expect_error(
              errc::damaged, [&] { f(); }, "channel shared", "channel private");
        };
        refused([] { channel::open("shared"); });
        refused([] { channel::open_or_create("shared", {.capacity = 4096}); });
        refused([] { observer::open("shared"); });
        channel::remove("shared");
        BOOST_REQUIRE(fs::exists(w.path));
        BOOST_TEST(channel::open("private").info().capacity == 4096U);
        BOOST_CHECK_NO_THROW(channel::create("shared", {.capacity = 4096}));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(rules_are_those_of_the_memory_not_those_of_the_registry_file) {
  // Its opener asked for memory that nobody can truncate, and the registry file says so.
  world w;
  auto const file = channel::create("shared", {.capacity = 4096, .path = w.path, .mode = 0660});
  auto const e = entry_of(w.registry, "shared");
  forge(e, [&](auto& d) {
    d.rules.backing = segment::backing_memfd;
    d.data = d.header;
  });
  auto r = e.holders().at(0).record;
  r.data_fd = r.header_fd;
  r.checksum = segment::checksum(&r, offsetof(registry::holder_record, checksum));
  e.write(0, r);
  support::expect_error(
      errc::damaged, [] { channel::open("shared", {.backing = backing::memfd}); }, "rules");
  support::expect_error(
      errc::damaged, [] { observer::open("shared"); }, "rules");
}

BOOST_AUTO_TEST_CASE(what_is_no_memory_is_not_opened) {
  // To open the FIFO for reading would wait for its other end, which nobody has.
  world w;
  auto const fifo = w.files.file("fifo");
  BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  sys::descriptor const known(::open(fifo.c_str(), O_PATH));
  auto const ch = channel::create("shared", {.capacity = 4096, .mode = 0660});
  auto const e = entry_of(w.registry, "shared");
  auto const good = e.describe();
  forge(e, [&](auto& d) { d.header = d.data = sys::identify(known.get()); });
  auto r = e.holders().at(0).record;
  r.header_fd = r.data_fd = known.get();
  r.checksum = segment::checksum(&r, offsetof(registry::holder_record, checksum));
  e.write(0, r);
  support::expect_error(
      errc::unreachable, [] { observer::open("shared"); }, "no memory");
  support::expect_error(
      errc::unreachable, [] { channel::open("shared"); }, "no memory");
  BOOST_TEST(channel::list().size() == 1U);
  // And by its path.
  forge(e, [&](auto& d) {
    d.rules.backing = segment::backing_file;
    fifo.copy(d.path.data(), d.path.size() - 1);
  });
  for (bool const only_look : {false, true}) {
    support::expect_error(
        errc::untrusted,
        [&] { only_look ? static_cast<void>(observer::open("shared")) : static_cast<void>(channel::open("shared")); },
        "another kind of file");
  }
  e.write(good);
}

BOOST_AUTO_TEST_SUITE_END()
