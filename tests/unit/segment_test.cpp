// SPDX-License-Identifier: BSL-1.0
#include "segment/memory.hpp"

#include <csignal>
#include <cstring>

#include <linux/memfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.hpp"
#include "expect_error.hpp"
#include "resources.hpp"
#include "segment/digest.hpp"
#include "segment/superblock.hpp"
#include "system/page.hpp"

using namespace quoit;
using segment::memory;

namespace {

memory small() { return memory::create(segment::make_rules({.capacity = 4096}), "test"); }

sys::descriptor copy_of(int fd) { return sys::descriptor(::dup(fd)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(segment_test)

BOOST_AUTO_TEST_CASE(a_new_one_can_be_attached_and_is_the_same_memory) {
  auto const made = small();
  auto const other = memory::attach(copy_of(made.header_fd()), copy_of(made.data_fd()));
  BOOST_TEST((made.super().uuid == other.super().uuid));
  BOOST_TEST(made.super().key == other.super().key);
  made.control()[100] = std::byte{7};
  BOOST_TEST(std::to_integer<int>(other.control()[100]) == 7);
}

BOOST_AUTO_TEST_CASE(two_are_never_alike) {
  auto const a = small();
  auto const b = small();
  BOOST_TEST((a.super().uuid != b.super().uuid));
  BOOST_TEST(a.super().key != b.super().key);
}

BOOST_AUTO_TEST_CASE(objects_are_sealed_and_private) {
  auto const m = small();
  for (int const fd : {m.header_fd(), m.data_fd()}) {
    struct stat st {};
    BOOST_REQUIRE(::fstat(fd, &st) == 0);
    BOOST_TEST((st.st_mode & 0777U) == 0600U);
    BOOST_TEST(::ftruncate(fd, 0) == -1);
    BOOST_TEST(::ftruncate(fd, st.st_size * 2) == -1);
    BOOST_TEST(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == -1);
    BOOST_TEST(st.st_blocks * 512 >= st.st_size, "the memory is taken at once");
  }
}

BOOST_AUTO_TEST_CASE(the_superblock_cannot_be_written) {
  auto const m = small();
  auto header = copy_of(m.header_fd());  // a fork child has none of m's own
  auto data = copy_of(m.data_fd());
  support::child writer([&] {
    std::signal(SIGSEGV, SIG_DFL);
    auto const own = memory::attach(std::move(header), std::move(data));
    // Nothing hands out its address; it is found where the kernel says that the header is mapped first.
    std::FILE* const maps = std::fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long last = 0;
    while (std::fgets(line, sizeof line, maps) != nullptr) {
      unsigned long from = 0;
      char access[8];
      unsigned long offset = 0;
      if (std::strstr(line, "quoit-header") != nullptr &&
          std::sscanf(line, "%lx-%*x %7s %lx", &from, access, &offset) == 3 && offset == 0 && access[0] == 'r') {
        last = from;
        support::require(access[1] == '-', "the superblock is mapped writable");
      }
    }
    support::require(last != 0, "no superblock found");
    *reinterpret_cast<char volatile*>(last) = 1;
    return 0;
  });
  BOOST_TEST(writer.wait() == -SIGSEGV);
}

BOOST_AUTO_TEST_CASE(attaching_leaks_nothing_when_it_fails) {
  auto const m = small();
  auto const before = support::resources::now();
  for (int i = 0; i < 10; ++i) {
    BOOST_CHECK_THROW(memory::attach(copy_of(m.data_fd()), copy_of(m.header_fd())), error);
  }
  BOOST_TEST(support::resources::now() == before);
}

BOOST_AUTO_TEST_CASE(roles_of_one_process_share_a_mapping_of_the_data) {
  auto m = small();
  auto const a = m.map_data(mirror::access::read_only);
  auto const b = m.map_data(mirror::access::read_only);
  BOOST_TEST(a.get() == b.get());
  auto const w = m.map_data(mirror::access::read_write);
  w->base()[0] = std::byte{3};
  BOOST_TEST(std::to_integer<int>(a->base()[4096]) == 3);
}

BOOST_AUTO_TEST_SUITE_END()
