// SPDX-License-Identifier: BSL-1.0
// The guard against truncation: zeros where a file has lost its pages, and the flag of that very range.
#include "mirror/bus_guard.hpp"

#include <memory>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "expect_error.hpp"
#include "mirror/region.hpp"
#include "system/calls.hpp"
#include "system/descriptor.hpp"
#include "system/page.hpp"

using namespace quoit;
using mirror::bus_guard;

namespace {

void cut(sys::descriptor const& fd, std::size_t to_pages) {
  BOOST_REQUIRE(sys::ftruncate(fd.get(), static_cast<off_t>(to_pages * sys::page_size())) == 0);
}

sys::descriptor four_pages() {
  sys::descriptor fd(sys::memfd_create("quoit-guard-test", 0));
  cut(fd, 4);
  return fd;
}

/// An object that can be truncated, mapped and guarded.
struct guarded {
  sys::descriptor fd = four_pages();
  std::size_t page = sys::page_size();
  mirror::region mapped{mirror::object{fd.get()}, mirror::access::read_write, {.size = 4 * page}};
  std::byte* at = mapped.base();
  std::shared_ptr<std::atomic<bool>> lost = std::make_shared<std::atomic<bool>>(false);
  bus_guard guard{at, mapped.size(), page, lost};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(bus_guard_test)

BOOST_AUTO_TEST_CASE(only_what_is_gone_becomes_zeros) {
  guarded g;
  for (std::size_t i = 0; i < 4; ++i) g.at[i * g.page] = std::byte{7};
  cut(g.fd, 2);
  BOOST_TEST((g.at[g.page] == std::byte{7}));
  BOOST_TEST(!*g.lost);
  BOOST_TEST((g.at[3 * g.page] == std::byte{0}));
  BOOST_TEST(*g.lost);
  g.at[2 * g.page] = std::byte{8};  // writing goes on as well, into memory of this process alone
  BOOST_TEST((g.at[2 * g.page] == std::byte{8}));
  BOOST_TEST((g.at[0] == std::byte{7}));
}

BOOST_AUTO_TEST_CASE(only_the_range_that_lost_something_is_told) {
  guarded first;
  guarded second;
  cut(second.fd, 0);
  BOOST_TEST((second.at[0] == std::byte{0}));
  BOOST_TEST(*second.lost);
  BOOST_TEST(!*first.lost);
}

BOOST_AUTO_TEST_CASE(there_is_an_end_to_how_many_there_can_be_and_each_can_be_had_again) {
  std::vector<std::byte> memory(1);
  auto const lost = std::make_shared<std::atomic<bool>>(false);
  std::vector<bus_guard> all;
  for (int i = 0; i < 1000; ++i) all.emplace_back(memory.data(), 1, 4096, lost);
  support::expect_error(
      errc::no_memory, [&] { bus_guard(memory.data(), 1, 4096, lost); }, "fewer than 1000");
  all.pop_back();
  BOOST_CHECK_NO_THROW(bus_guard(memory.data(), 1, 4096, lost));
}

BOOST_AUTO_TEST_SUITE_END()
