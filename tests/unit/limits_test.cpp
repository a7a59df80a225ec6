// SPDX-License-Identifier: BSL-1.0
#include "system/limits.hpp"

#include <filesystem>
#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "quoit/channel.hpp"
#include "scratch_registry.hpp"

using namespace quoit;
namespace fs = std::filesystem;

namespace {

/// A root directory with files like those of the kernel.
class fake_root {
 public:
  fake_root() : path_(fmt::format("/tmp/quoit-limits-{}", ::getpid())) { fs::create_directories(path_); }
  ~fake_root() { fs::remove_all(path_); }
  void write(std::string const& file, std::string const& text) const {
    fs::create_directories(fs::path(path_ + file).parent_path());
    std::ofstream(path_ + file) << text;
  }
  std::string const& path() const { return path_; }

 private:
  std::string path_;
};

/// Whether creating a channel of this capacity in a child that first runs `prepare` fails with these words.
bool creation_fails(std::uint64_t capacity, std::function<void()> const& prepare, std::string const& words) {
  support::child creator([&] {
    prepare();
    try {
      channel::create("limited", {.capacity = capacity});
    } catch (error const& e) {
      if (e.code() == make_error_code(errc::no_memory) && std::string(e.what()).find(words) != std::string::npos) {
        return 7;
      }
      std::fprintf(stderr, "another error: %s\n", e.what());
    }
    return 1;
  });
  return creator.wait() == 7;
}

void limit(int what, rlim_t value) {
  rlimit const l{value, value};
  support::require(::setrlimit(static_cast<__rlimit_resource_t>(what), &l) == 0, "setrlimit");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits_test)

BOOST_AUTO_TEST_CASE(the_tightest_of_machine_and_groups_counts) {
  fake_root const root;
  root.write("/proc/meminfo", "MemTotal: 2000 kB\nMemFree: 10 kB\nMemAvailable:    1000 kB\n");
  BOOST_TEST(sys::available_memory(root.path()).available == 1000U * 1024U);
  BOOST_TEST(sys::available_memory(root.path()).what.find("MemAvailable") != std::string::npos);
  root.write("/proc/self/cgroup", "0::/a/b\n");
  root.write("/sys/fs/cgroup/a/b/memory.max", "max\n");
  root.write("/sys/fs/cgroup/a/b/memory.current", "5\n");
  BOOST_TEST(sys::available_memory(root.path()).available == 1000U * 1024U);
  root.write("/sys/fs/cgroup/a/memory.max", "90000\n");  // of a group above
  root.write("/sys/fs/cgroup/a/memory.current", "20000\n");
  BOOST_TEST(sys::available_memory(root.path()).available == 70000U);
  root.write("/sys/fs/cgroup/a/memory.stat", "anon 1\nfile 3\ninactive_file 5000\n");  // page cache to be had
  BOOST_TEST(sys::available_memory(root.path()).available == 75000U);
  BOOST_TEST(sys::available_memory(root.path()).what.find("/a/memory.max") != std::string::npos);
  root.write("/proc/self/cgroup", "7:cpu:/x\n4:blkio,memory:/c\n0::/\n");
  root.write("/sys/fs/cgroup/memory/c/memory.limit_in_bytes", "1000\n");
  root.write("/sys/fs/cgroup/memory/c/memory.usage_in_bytes", "2000\n");
  BOOST_TEST(sys::available_memory(root.path()).available == 0U);
}

BOOST_AUTO_TEST_CASE(more_than_the_machine_has_is_refused_before_any_is_taken) {
  support::scratch_registry const scratch;
  support::expect_error(
      errc::no_memory, [] { channel::create("big", {.capacity = 16384_GiB}); }, "create channel 'big'", "bytes left by",
      "ask for a smaller capacity");
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_CASE(an_exbibyte_is_refused) {
  support::scratch_registry const scratch;
  support::expect_error(
      errc::bad_options, [] { channel::create("big", {.capacity = std::uint64_t{1} << 60U}); }, "capacity from 1 to");
}

BOOST_AUTO_TEST_CASE(a_limit_of_file_size_is_an_error_and_not_a_signal) {
  support::scratch_registry const scratch;
  BOOST_TEST(creation_fails(
      16_MiB, [] { limit(RLIMIT_FSIZE, 1_MiB); }, "RLIMIT_FSIZE of 1048576"));
}

BOOST_AUTO_TEST_CASE(a_limit_of_file_size_does_not_kill_an_opener) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  support::child opener([] {
    limit(RLIMIT_FSIZE, 0);
    try {
      channel::open("x");
    } catch (error const& e) {
      return e.code() == make_error_code(errc::no_memory) ? 7 : 1;
    }
    return 2;
  });
  BOOST_TEST(opener.wait() == 7);
}

BOOST_AUTO_TEST_CASE(a_limit_of_address_space_is_told_with_what_is_used) {
  if (support::skipped_if_sanitized("it takes terabytes of address space")) return;
  support::scratch_registry const scratch;
  BOOST_TEST(creation_fails(
      256_MiB, [] { limit(RLIMIT_AS, 400_MiB); }, "RLIMIT_AS of 419430400"));
}

BOOST_AUTO_TEST_CASE(a_limit_of_the_control_group_is_told) {
  support::scratch_registry const scratch;
  auto const folder = fmt::format("/sys/fs/cgroup/memory/quoit-test-{}", ::getpid());
  std::error_code ec;
  if (!fs::exists("/sys/fs/cgroup/memory/memory.limit_in_bytes") || !fs::create_directory(folder, ec)) {
    BOOST_TEST_MESSAGE("SKIPPED: no memory group of version 1 can be made here; the fake one above stands for it");
    return;
  }
  std::ofstream(folder + "/memory.limit_in_bytes") << 64_MiB;
  auto const enter = [&] { std::ofstream(folder + "/cgroup.procs") << ::getpid() << std::flush; };
  BOOST_TEST(creation_fails(256_MiB, enter, "memory.limit_in_bytes"));
  fs::remove(folder, ec);
}

BOOST_AUTO_TEST_CASE(no_more_descriptors_is_told_with_what_to_do) {
  if (support::skipped_if_sanitized("it needs descriptors of its own")) return;
  support::scratch_registry const scratch;
  support::child creator([&] {
    limit(RLIMIT_NOFILE, 6);
    while (::dup(0) >= 0) {
    }
    try {
      channel::create("starved");
    } catch (error const& e) {
      std::string const text = e.what();
      return e.code() == std::error_code(EMFILE, std::system_category()) && text.find("ulimit -n") != std::string::npos
                 ? 7
                 : 1;
    }
    return 2;
  });
  BOOST_TEST(creator.wait() == 7);
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
