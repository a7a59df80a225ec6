// SPDX-License-Identifier: BSL-1.0
// How a process maps the data: prefault, lock, huge pages.
#include <fstream>
#include <sstream>
#include <string>

#include <sys/resource.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "system/calls.hpp"

using namespace quoit;

namespace {

/// KiB of this kind in all mappings of channels' data.
std::uint64_t of_data(std::string const& key) {
  std::ifstream maps("/proc/self/smaps");
  std::uint64_t sum = 0;
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) inside = line.find("quoit-data") != std::string::npos;
    std::istringstream words(line);
    std::string name;
    std::uint64_t kib = 0;
    if (inside && words >> name >> kib && name == key + ":") sum += kib;
  }
  return sum;
}

channel_options with(mapping_options how) { return {.capacity = 4_MiB, .mapping = how}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(mapping_test)

BOOST_AUTO_TEST_CASE(pages_are_mapped_one_by_one_or_all_at_once_if_asked_for) {
  if (support::skipped_if_sanitized("one mapping serves all roles there, and memory is counted otherwise")) return;
  for (bool const prefault : {false, true}) {
    auto const ch = channel::create_anonymous(with({.prefault = prefault}));
    auto const sub = ch.subscriber();
    BOOST_TEST(of_data("Rss") >= (prefault ? 8192U : 0U));  // both halves
    auto const pub = ch.publisher();
    BOOST_TEST(of_data("Rss") >= (prefault ? 16384U : 0U));
    if (!prefault) BOOST_TEST(of_data("Rss") < 8192U);
  }
}

BOOST_AUTO_TEST_CASE(an_old_kernel_has_its_pages_touched) {
  if (support::skipped_if_sanitized("one mapping serves all roles there, and memory is counted otherwise")) return;
  sys::set_call_hook([](sys::call c) noexcept { return c == sys::call::madvise_ && errno == 7777 ? EINVAL : 0; });
  auto const ch = channel::create_anonymous(with({.prefault = true}));
  sys::set_call_hook(nullptr);
  auto const sub = ch.subscriber();
  BOOST_TEST(of_data("Rss") >= 8192U);
}

BOOST_AUTO_TEST_CASE(locked_data_is_locked_or_the_role_is_refused) {
  if (support::skipped_if_sanitized("it locks and limits memory in its own way")) return;
  {
    auto const ch = channel::create_anonymous(with({.lock = true}));
    auto const sub = ch.subscriber();
    BOOST_TEST(of_data("Locked") >= 4096U);  // each page counts once
  }
  support::child poor([] {
    rlimit const none{0, 0};
    ::setrlimit(RLIMIT_MEMLOCK, &none);
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return 1;  // root may lock what it wants
    auto const ch = channel::create_anonymous(with({.lock = true}));
    try {
      auto const sub = ch.subscriber();
      return 2;
    } catch (error const& e) {
      return std::string(e.what()).find("RLIMIT_MEMLOCK") == std::string::npos ? 3 : 0;
    }
  });
  BOOST_TEST(poor.wait() == 0);
}

BOOST_AUTO_TEST_CASE(huge_pages_are_used_where_the_kernel_gives_them) {
  if (support::skipped_if_sanitized("its memory is laid out otherwise")) return;
  auto const ch = channel::create_anonymous(with({.huge_pages = true, .prefault = true}));
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    auto room = pub.reserve(20'000);
    support::fill(room.bytes(), i);
    room.commit();
    auto const m = sub.receive();
    BOOST_REQUIRE(support::verify(m.bytes(), i));
  }
  auto const huge = of_data("ShmemPmdMapped");
  if (huge == 0) BOOST_TEST_MESSAGE("SKIPPED: the kernel gives no huge pages for shared memory here");
  BOOST_TEST((huge == 0 || huge >= 8192U));
}

BOOST_AUTO_TEST_SUITE_END()
