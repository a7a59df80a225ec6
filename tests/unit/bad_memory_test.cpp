// SPDX-License-Identifier: BSL-1.0
// Objects that no working peer would hand out: each is refused with what was expected and found.
#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>

#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "expect_error.hpp"
#include "mirror/segment_id.hpp"
#include "payload.hpp"
#include "segment/digest.hpp"
#include "segment/memory.hpp"
#include "segment/superblock.hpp"
#include "tried.hpp"

using namespace quoit;
using segment::memory;
using segment::superblock;

namespace {

constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

sys::descriptor object(std::uint64_t size, int with_seals = seals) {
  sys::descriptor fd(::memfd_create("quoit-bad", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  BOOST_REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(size)) == 0);
  if (with_seals != 0) BOOST_REQUIRE(::fcntl(fd.get(), F_ADD_SEALS, with_seals) == 0);
  return fd;
}

superblock good() {
  auto const r = segment::make_rules({.capacity = 4096});
  return segment::make_superblock(r, segment::geometry(r).header_size);
}

void seal_checksum(superblock& s) { s.checksum = segment::checksum(&s, offsetof(superblock, checksum)); }

sys::descriptor header_with(superblock const& s, std::uint64_t size, int with_seals = seals) {
  auto fd = object(size, with_seals);
  BOOST_REQUIRE(::pwrite(fd.get(), &s, sizeof s, 0) == static_cast<ssize_t>(sizeof s));
  return fd;
}

template <class... Parts>
void refused(errc code, std::function<void(superblock&)> const& change, Parts const&... parts) {
  auto s = good();
  change(s);
  support::expect_error(
      code, [&] { memory::attach(header_with(s, s.header_size), object(4096)); }, parts...);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_memory_test)

BOOST_AUTO_TEST_CASE(the_pattern_itself_is_good) {
  auto const s = good();
  BOOST_CHECK_NO_THROW(memory::attach(header_with(s, s.header_size), object(4096)));
}

BOOST_AUTO_TEST_CASE(another_layout_version) {
  refused(
      errc::incompatible,
      [](auto& s) {
        s.version = 5;
        seal_checksum(s);
      },
      "expected: layout version 4", "found: layout version 5", "same version of Quoit");
}

BOOST_AUTO_TEST_CASE(data_that_others_could_write_though_it_is_its_creators) {
  auto const r = segment::make_rules({.capacity = 4096, .creator_only = true});
  auto const s = segment::make_superblock(r, segment::geometry(r).header_size);
  BOOST_CHECK_NO_THROW(memory::attach(header_with(s, s.header_size), object(4096, seals | F_SEAL_FUTURE_WRITE)));
  support::expect_error(
      errc::damaged, [&] { memory::attach(header_with(s, s.header_size), object(4096)); },
      "against all writers but its creator", "seals");
}

BOOST_AUTO_TEST_CASE(another_format) {
  refused(
      errc::incompatible,
      [](auto& s) {
        s.format ^= 1;
        seal_checksum(s);
      },
      "format");
  refused(
      errc::incompatible,
      [](auto& s) {
        s.bytes += 8;
        seal_checksum(s);
      },
      "format");
}

BOOST_AUTO_TEST_CASE(garbage_instead_of_a_superblock) {
  refused(
      errc::damaged, [](auto& s) { s.magic = 1; }, "magic", "0x1");
  refused(
      errc::damaged, [](auto& s) { s.key ^= 1; }, "checksum");
  refused(
      errc::damaged, [](auto& s) { s.checksum ^= 1; }, "checksum");
  support::random random(1);
  for (int i = 0; i < 2000; ++i) {
    superblock s{};
    support::fill(std::as_writable_bytes(std::span(&s, 1)), random());
    BOOST_CHECK_THROW(segment::verify(s), error);
    s.magic = segment::superblock_magic;
    BOOST_CHECK_THROW(segment::verify(s), error);
  }
}

BOOST_AUTO_TEST_CASE(every_changed_bit_is_found) {
  auto const s = good();
  for (std::size_t bit = 0; bit < sizeof s * 8; ++bit) {
    auto changed = s;
    reinterpret_cast<unsigned char*>(&changed)[bit / 8] ^= static_cast<unsigned char>(1U << bit % 8);
    BOOST_REQUIRE_THROW(segment::verify(changed), error);
  }
  QUOIT_TRIED(sizeof s * 8 << " bits of a superblock, each changed");
}

BOOST_AUTO_TEST_CASE(each_rule_that_is_not_possible) {
  using segment::rules;
  struct impossible {
    char const* found;
    void (*make)(rules&);
  };
  constexpr impossible all[] = {
      {"kind 0", [](rules& r) { r.kind = 0; }},
      {"kind 3", [](rules& r) { r.kind = 3; }},
      {"publishers rule 0", [](rules& r) { r.publishers = 0; }},
      {"publishers rule 2 with 1 places", [](rules& r) { r.publishers = 2; }},
      {"publishers rule 1 with 2 places", [](rules& r) { r.publisher_slots = 2; }},
      {"with 0 places", [](rules& r) { r.publisher_slots = 0; }},
      {"with 1001 places", [](rules& r) { r.publishers = 2, r.publisher_slots = 1001; }},
      {"publishers rule 2 with 2 places", [](rules& r) { r.kind = 2, r.publishers = 2, r.publisher_slots = 2; }},
      {"barrier rule 0", [](rules& r) { r.barrier = 0; }},
      {"barrier rule 3", [](rules& r) { r.barrier = 3; }},
      {"backing 0", [](rules& r) { r.backing = 0; }},
      {"backing 5", [](rules& r) { r.backing = 5; }},
      {"timestamps rule 2", [](rules& r) { r.timestamps = 2; }},
      {"creator_only rule 2", [](rules& r) { r.creator_only = 2; }},
      {"creator_only with the backing file", [](rules& r) { r.creator_only = 1, r.backing = 3; }},
      {"creator_only with the backing sysv", [](rules& r) { r.creator_only = 1, r.backing = 4; }},
      {"capacity 0", [](rules& r) { r.capacity = 0; }},
      {"capacity 5000", [](rules& r) { r.capacity = 5000; }},
      {"capacity 2048", [](rules& r) { r.capacity = 2048; }},
      {"capacity 4096", [](rules& r) { r.backing = 2; }},
      {"capacity 70368744177664", [](rules& r) { r.capacity = 2 * segment::most_capacity; }},
      {"records 0", [](rules& r) { r.records = 0; }},
      {"records 63", [](rules& r) { r.records = 63; }},
      {"records 1152921504606846976", [](rules& r) { r.records = std::uint64_t{1} << 60U; }},
      {"records 64", [](rules& r) { r.kind = 2; }},
      {"slots 0", [](rules& r) { r.slots = 0; }},
      {"slots 1001", [](rules& r) { r.slots = 1001; }},
      {"1000 places for publishers and 24 for subscribers",
       [](rules& r) { r.publishers = 2, r.publisher_slots = 1000, r.slots = r.max_reliable = 24; }},
      {"max_reliable 65 of 64", [](rules& r) { r.max_reliable = 65; }},
      {"alignment 0", [](rules& r) { r.alignment = 0; }},
      {"alignment 8", [](rules& r) { r.alignment = 8; }},
      {"alignment 24", [](rules& r) { r.alignment = 24; }},
      {"alignment 2097152", [](rules& r) { r.alignment = 1U << 21U; }},
      {"alignment 16", [](rules& r) { r.kind = 2, r.records = 0; }},
      {"alignment 1", [](rules& r) { r.kind = 2, r.records = 0, r.alignment = 1, r.timestamps = 1; }},
      {"a type aligned to 0", [](rules& r) { r.type_size = 8; }},
      {"a type aligned to 32 in a channel whose payloads are aligned to 16",
       [](rules& r) { r.type_size = 8, r.type_alignment = 32; }},
      {"an unprintable type name", [](rules& r) { r.type_name[0] = '\n'; }},
      {"an unprintable type name", [](rules& r) { r.type_name.fill('t'); }},
  };
  for (auto const& i : all) {
    refused(
        errc::incompatible,
        [&](superblock& s) {
          i.make(s.rules);
          seal_checksum(s);
        },
        std::string(i.found));
  }
  refused(
      errc::damaged,
      [](auto& s) {
        s.header_size += 4096;
        seal_checksum(s);
      },
      "a header of");
}

BOOST_AUTO_TEST_CASE(a_name_without_an_end) {
  refused(
      errc::damaged,
      [](auto& s) {
        s.name.fill('n');
        seal_checksum(s);
      },
      "a name that ends");
}

BOOST_AUTO_TEST_CASE(objects_of_another_size) {
  auto const s = good();
  support::expect_error(
      errc::damaged, [&] { memory::attach(header_with(s, s.header_size + 4096), object(4096)); }, "header of exactly");
  support::expect_error(
      errc::damaged, [&] { memory::attach(header_with(s, s.header_size), object(8192)); },
      "data object of exactly 4096 bytes", "found: 8192 bytes");
  support::expect_error(
      errc::damaged, [&] { memory::attach(object(100), object(4096)); }, "superblock of", "100 bytes");
  support::expect_error(
      errc::damaged, [&] { memory::attach(object(0), object(0)); }, "0 bytes");
}

BOOST_AUTO_TEST_CASE(unsealed_objects) {
  auto const s = good();
  support::expect_error(
      errc::damaged, [&] { memory::attach(header_with(s, s.header_size, 0), object(4096)); }, "header sealed",
      "seals 0x0");
  support::expect_error(
      errc::damaged, [&] { memory::attach(header_with(s, s.header_size), object(4096, F_SEAL_GROW)); },
      "data object sealed");
}

BOOST_AUTO_TEST_CASE(a_channel_in_one_file_with_another_object_for_its_data) {
  auto const r = segment::make_rules({.capacity = 4096, .path = "/dev/shm/quoit-bad"});
  auto const file = memory::create(r, segment::make_file(r, "/dev/shm/quoit-bad"));
  auto const copy = [&] { return sys::descriptor(::dup(file.header_fd())); };
  BOOST_CHECK_NO_THROW(memory::attach(copy(), copy()));
  support::expect_error(
      errc::damaged, [&] { memory::attach(copy(), object(100)); }, "header and data in one file", "another one");
}

BOOST_AUTO_TEST_CASE(system_v_segments_of_another_size_or_kind) {
  auto const r = segment::make_rules({.capacity = 4096, .backing = backing::sysv});
  auto const s = segment::make_superblock(r, segment::geometry(r).header_size);
  auto const segments = [&](superblock const& first, std::uint64_t header_size, std::uint64_t data_size) {
    mirror::segment_id const header(header_size);
    mirror::segment_id const data(data_size);
    auto* const at = ::shmat(header.get(), nullptr, 0);
    std::memcpy(at, &first, std::min(sizeof first, header_size));
    segment::objects o;
    o.header = object(4096);  // for the locks
    o.segments = {header.get(), data.get()};
    auto const detach = std::shared_ptr<void>(at, [](void* p) { ::shmdt(p); });
    memory::attach(std::move(o));
  };
  BOOST_CHECK_NO_THROW(segments(s, s.header_size, 4096));
  support::expect_error(
      errc::damaged, [&] { segments(s, s.header_size + 4096, 4096); }, "a header of exactly");
  support::expect_error(
      errc::damaged, [&] { segments(s, s.header_size, 8192); }, "a data object of exactly 4096 bytes");
  support::expect_error(
      errc::damaged, [&] { segments(s, 100, 4096); }, "with a superblock");
  support::expect_error(
      errc::damaged, [&] { segments(good(), s.header_size, 4096); }, "expected: descriptors");
  support::expect_error(
      errc::damaged, [&] { memory::attach(header_with(s, s.header_size), object(4096)); }, "System V segments");
}

BOOST_AUTO_TEST_SUITE_END()
