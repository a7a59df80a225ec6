// SPDX-License-Identifier: BSL-1.0
#include "mirror/mirrored.hpp"

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "child.hpp"
#include "expect_error.hpp"
#include "mirror/address_range.hpp"
#include "resources.hpp"
#include "system/calls.hpp"
#include "system/descriptor.hpp"
#include "system/page.hpp"

using namespace quoit;
using mirror::access;
using mirror::mirrored;

namespace {

sys::descriptor object(std::size_t size) {
  sys::descriptor fd(sys::memfd_create("quoit-mirror-test", 0));
  BOOST_REQUIRE(fd);
  BOOST_REQUIRE(sys::ftruncate(fd.get(), static_cast<off_t>(size)) == 0);
  return fd;
}

/// The kernel's flags for the mapping that begins at `address` ("VmFlags" in smaps).
std::string flags_of(void const* address) {
  std::ifstream smaps("/proc/self/smaps");
  std::ostringstream wanted;
  wanted << std::hex << reinterpret_cast<std::uintptr_t>(address) << "-";
  bool here = false;
  for (std::string line; std::getline(smaps, line);) {
    if (line.starts_with(wanted.str())) here = true;
    if (here && line.starts_with("VmFlags:")) return line;
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mirrored_test)

BOOST_AUTO_TEST_CASE(both_halves_are_the_same_memory) {
  for (std::size_t const pages : {1U, 2U, 3U, 7U, 512U, 1024U}) {
    auto const size = pages * sys::page_size();
    auto const fd = object(size);
    mirrored const m({fd.get()}, access::read_write, size);
    BOOST_TEST(m.size() == size);
    for (std::size_t i = 0; i < size; i += 509) {
      m.base()[i] = static_cast<std::byte>(i * 7);
      BOOST_REQUIRE(m.base()[i + size] == static_cast<std::byte>(i * 7));
      m.base()[i + size] = static_cast<std::byte>(i * 11);
      BOOST_REQUIRE(m.base()[i] == static_cast<std::byte>(i * 11));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_span_across_the_seam_is_contiguous) {
  auto const size = sys::page_size();
  auto const fd = object(size);
  mirrored const m({fd.get()}, access::read_write, size);
  std::memset(m.base() + size - 100, 'x', 200);
  BOOST_TEST(std::to_integer<int>(m.base()[size - 1]) == 'x');
  BOOST_TEST(std::to_integer<int>(m.base()[0]) == 'x');
  BOOST_TEST(std::to_integer<int>(m.base()[99]) == 'x');
  BOOST_TEST(std::to_integer<int>(m.base()[100]) == 0);
}

BOOST_AUTO_TEST_CASE(sizes_of_huge_pages_are_aligned_to_them) {
  auto const size = std::size_t{4} << 20U;
  auto const fd = object(size);
  mirrored const m({fd.get()}, access::read_write, size);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(m.base()) % (std::size_t{2} << 20U) == 0U);
  BOOST_TEST(mirror::alignment_for(size) % (std::size_t{2} << 20U) == 0U);
  BOOST_TEST(mirror::alignment_for(size + sys::page_size()) < std::size_t{2} << 20U);
}

BOOST_AUTO_TEST_CASE(a_range_begins_where_it_was_asked_to) {
  // Of so few pages, as the kernel aligns large ones by itself.
  std::vector<mirror::address_range> all;
  for (std::size_t const alignment : {std::size_t{4096}, std::size_t{1} << 16U, std::size_t{2} << 20U}) {
    for (int i = 0; i < 20; ++i) {
      auto const& range = all.emplace_back(3 * sys::page_size(), std::max(alignment, sys::page_size()));
      BOOST_TEST(reinterpret_cast<std::uintptr_t>(range.base()) % alignment == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_read_only_mirror_faults_on_a_write) {
  auto const size = sys::page_size();
  auto const fd = object(size);
  mirrored const m({fd.get()}, access::read_only, size);
  for (auto const at : {std::size_t{0}, size}) {
    support::child writer([&] {
      std::signal(SIGSEGV, SIG_DFL);
      std::signal(SIGBUS, SIG_DFL);
      mirrored const own({fd.get()}, access::read_only, size);
      *const_cast<std::byte volatile*>(own.base() + at) = std::byte{1};
      return 0;
    });
    BOOST_TEST(writer.wait() != 0);
  }
}

BOOST_AUTO_TEST_CASE(mappings_are_kept_from_children_and_core_dumps) {
  auto const size = sys::page_size();
  auto const fd = object(size);
  mirrored const m({fd.get()}, access::read_write, size);
  for (auto const* half : {m.base(), m.base() + size}) {
    auto const flags = flags_of(half);
    BOOST_TEST(flags.find(" dc") != std::string::npos, flags);  // not copied on fork
    BOOST_TEST(flags.find(" dd") != std::string::npos, flags);  // not dumped
  }
}

BOOST_AUTO_TEST_CASE(a_fork_child_that_destroys_it_harms_nobody) {
  auto const size = sys::page_size();
  auto const fd = object(size);
  auto m = std::make_unique<mirrored>(mirror::object{fd.get()}, access::read_write, size);
  m->base()[1] = std::byte{42};
  support::child inheritor([&] {
    // What the child maps at those addresses itself must survive the destructor.
    void* const at =
        ::mmap(m->base(), 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    support::require(at == m->base(), "the addresses are not free in the child");
    std::memset(at, 1, 2 * size);
    auto* const base = m->base();
    m.reset();
    return std::to_integer<int>(base[2 * size - 1]) == 1 ? 0 : 1;
  });
  BOOST_TEST(inheritor.wait() == 0);
  BOOST_TEST(std::to_integer<int>(m->base()[size + 1]) == 42);
}

BOOST_AUTO_TEST_CASE(an_impossible_size_is_an_error_that_leaves_nothing) {
  auto const fd = object(sys::page_size());
  auto const before = support::resources::now();
  support::expect_error(
      std::error_code(ENOMEM, std::system_category()),
      [&] { mirrored({fd.get()}, access::read_write, std::size_t{1} << 47U); }, "reserve address space");
  support::expect_error(
      std::error_code(EBADF, std::system_category()), [&] { mirrored({-1}, access::read_write, sys::page_size()); },
      "map shared memory");
  BOOST_TEST(support::resources::now() == before);
}

BOOST_AUTO_TEST_SUITE_END()
