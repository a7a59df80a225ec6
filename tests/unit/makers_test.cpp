// SPDX-License-Identifier: BSL-1.0
// Five ways to make mirrored memory: each makes the same thing, and none leaves anything behind, whatever fails.
#include "quoit/mirror.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "all_makers.hpp"
#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "system/calls.hpp"
#include "system/page.hpp"

using namespace quoit;
using support::all_makers;

namespace {

/// What can be left behind: shared mappings, reserved addresses, descriptors, System V segments, files.
struct left_over {
  std::size_t mappings = 0;
  std::size_t reserved = 0;  ///< Ranges that nobody may access. Sanitizers reserve more of their own as they go.
  std::size_t descriptors = 0;
  std::size_t segments = 0;
  std::size_t files = 0;

  static left_over now() {
    left_over l;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      std::istringstream words(line);
      std::string range;
      std::string rights;
      words >> range >> rights;
      l.mappings += rights.size() == 4 && rights[3] == 's';
      l.reserved += !support::sanitized && rights == "---p";
    }
    for ([[maybe_unused]] auto const& e : std::filesystem::directory_iterator("/proc/self/fd")) ++l.descriptors;
    // Of this process only: others may be at work with segments of theirs.
    std::ifstream segments("/proc/sysvipc/shm");
    std::string line;
    std::getline(segments, line);
    while (std::getline(segments, line)) {
      std::istringstream words(line);
      std::string key, id, perms, size;
      pid_t creator = 0;
      words >> key >> id >> perms >> size >> creator;
      l.segments += creator == ::getpid();
    }
    for (auto const& e : std::filesystem::directory_iterator("/dev/shm")) {
      l.files += e.path().filename().string().find("quoit-ring") != std::string::npos;
    }
    return l;
  }
  bool operator==(left_over const&) const = default;
  friend std::ostream& operator<<(std::ostream& out, left_over const& l) {
    return out << l.mappings << " mappings, " << l.reserved << " reservations, " << l.descriptors << " descriptors, "
               << l.segments << " segments, " << l.files << " files";
  }
};

struct planned_failure {
  static inline std::atomic<sys::call> which{};
  static inline std::atomic<int> error{0};
  static inline std::atomic<int> countdown{0};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(makers_test)

BOOST_AUTO_TEST_CASE(all_five_work_here_and_say_so) {
  auto const found = mirror::available();
  BOOST_REQUIRE(found.size() == 5U);
  for (auto const& a : found) {
    BOOST_TEST_INFO(a.maker << ": " << a.reason);
    BOOST_TEST(a.works);
    BOOST_TEST(a.reason.empty());
  }
  BOOST_TEST(found[0].maker == "memfd");
}

BOOST_AUTO_TEST_CASE(those_that_do_not_work_say_why) {
  struct missing {
    sys::call call;
    int error;
    std::vector<std::size_t> makers;  ///< Which of the five need it.
    std::string reason;
  };
  for (auto const& m : {missing{sys::call::memfd_create_, EPERM, {0}, "make a memfd"},
                        missing{sys::call::open_, EOPNOTSUPP, {1}, "O_TMPFILE"},
                        missing{sys::call::shmget_, ENOSPC, {2, 4}, "kernel.shmmni"},
                        missing{sys::call::remap_pages_, ENOSYS, {3}, "not supported here"}}) {
    planned_failure::which = m.call;
    planned_failure::error = m.error;
    sys::set_call_hook(
        [](sys::call c) noexcept { return c == planned_failure::which ? planned_failure::error.load() : 0; });
    auto const found = mirror::available();
    sys::set_call_hook(nullptr);
    for (std::size_t i = 0; i < found.size(); ++i) {
      BOOST_TEST_INFO(found[i].maker << " without " << m.reason << ": " << found[i].reason);
      bool const needs_it = std::find(m.makers.begin(), m.makers.end(), i) != m.makers.end();
      BOOST_TEST(found[i].works == !needs_it);
      BOOST_TEST((found[i].reason.find(m.reason) != std::string::npos) == needs_it);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_second_half_is_the_first_one_at_every_size) {
  auto const before = left_over::now();
  for (auto const& m : all_makers()) {
    for (std::size_t const pages : {1U, 2U, 3U, 5U, 511U, 512U, 1024U}) {
      auto const size = pages * sys::page_size();
      auto const memory = m->make(size);
      BOOST_REQUIRE(memory->size() == size);
      auto* const p = memory->base();
      BOOST_REQUIRE(reinterpret_cast<std::uintptr_t>(p) % sys::page_size() == 0);
      for (std::size_t i = 0; i < 2 * size; i += 1021) BOOST_REQUIRE(p[i] == std::byte{0});
      for (std::size_t i = 0; i < size; i += 509) {
        p[i] = static_cast<std::byte>(i * 7 + 1);
        BOOST_REQUIRE(p[i + size] == static_cast<std::byte>(i * 7 + 1));
        p[i + size] = static_cast<std::byte>(i * 11 + 1);
        BOOST_REQUIRE(p[i] == static_cast<std::byte>(i * 11 + 1));
      }
    }
  }
  BOOST_TEST(left_over::now() == before);
}

BOOST_AUTO_TEST_CASE(nothing_is_left_whichever_call_fails) {
  auto const makers = all_makers();
  for (auto const& m : makers) m->make(sys::page_size());  // whatever is made once for ever
  auto const before = left_over::now();
  int failures = 0;
  for (auto const& m : makers) {
    int of_this = 0;
    for (unsigned c = 0; c < static_cast<unsigned>(sys::call::count); ++c) {
      for (int nth = 1; nth < 20; ++nth) {
        planned_failure::which = static_cast<sys::call>(c);
        planned_failure::countdown = nth;
        sys::set_call_hook([](sys::call made) noexcept {
          if (made != planned_failure::which || --planned_failure::countdown != 0) return 0;
          return ENOMEM;
        });
        bool threw = false;
        try {
          m->make(3 * sys::page_size());
        } catch (error const& e) {
          threw = true;
          BOOST_TEST((e.code() == std::errc::not_enough_memory), e.what());
        }
        sys::set_call_hook(nullptr);
        BOOST_TEST_INFO(m->name() << ", call " << c << ", time " << nth);
        BOOST_REQUIRE(left_over::now() == before);
        of_this += threw;
        if (planned_failure::countdown > 0) break;  // it was not made so often
      }
    }
    BOOST_TEST_INFO(m->name());
    BOOST_TEST(of_this >= 4);  // there are at least so many steps
    failures += of_this;
  }
  BOOST_TEST_MESSAGE(failures << " failures were tried");
}

BOOST_AUTO_TEST_CASE(sizes_that_cannot_be) {
  auto const before = left_over::now();
  auto const page = sys::page_size();
  for (auto const& m : all_makers()) {
    for (std::size_t const bad :
         {std::size_t{0}, std::size_t{1}, page - 1, page + 1, ~std::size_t{0}, ~std::size_t{0} - page + 1}) {
      support::expect_error(
          errc::bad_options, [&] { m->make(bad); }, "multiple of", std::to_string(bad) + " bytes");
    }
    // More than the machine has.
    BOOST_CHECK_THROW(m->make(std::size_t{1} << 46U), error);
    BOOST_CHECK_THROW(m->make(std::size_t{1} << 61U), error);
  }
  BOOST_TEST(left_over::now() == before);
}

BOOST_AUTO_TEST_CASE(a_little_more_than_the_machine_has) {
  std::ifstream meminfo("/proc/meminfo");
  std::string key;
  std::size_t kib = 0;
  BOOST_REQUIRE(meminfo >> key >> kib);  // MemTotal comes first
  BOOST_REQUIRE(key == "MemTotal:");
  auto const size = (kib / 4 + 1) * 4096;
  auto const before = left_over::now();
  for (auto const& m : all_makers()) {
    if (m->name().starts_with("temporary_file")) continue;  // what a file system has is not asked before it is taken
    support::expect_error(
        errc::no_memory, [&] { m->make(size); }, "room for " + std::to_string(size), "left by");
  }
  BOOST_TEST(left_over::now() == before);
}

BOOST_AUTO_TEST_CASE(a_gibibyte) {
  if (support::skipped_if_sanitized("1 GiB of shadow memory for each")) return;
  for (auto const& m : all_makers()) {
    constexpr std::size_t size = std::size_t{1} << 30U;
    auto const memory = m->make(size);
    auto* const p = memory->base();
    p[size - 1] = std::byte{1};
    p[size] = std::byte{2};
    BOOST_TEST((p[2 * size - 1] == std::byte{1}));
    BOOST_TEST((p[0] == std::byte{2}));
  }
}

BOOST_AUTO_TEST_CASE(the_allocator_gets_its_very_memory_back_and_goes_on_with_it) {
  std::atomic<bool> done{false};
  std::atomic<int> errors{0};
  std::vector<std::thread> others;
  for (std::uint64_t k = 0; k < 3; ++k) {
    others.emplace_back([&, k] {
      support::random random(k);
      std::vector<std::vector<std::byte>> held(16);
      std::vector<std::uint64_t> numbers(16);
      for (std::uint64_t i = 1; !done; ++i) {
        auto const at = random.below(16);
        if (!held[at].empty()) errors += !support::verify(held[at], numbers[at]);
        held[at].assign(1 + random.below(random.below(8) == 0 ? 300'000 : 3000), {});
        support::fill(held[at], numbers[at] = i);
      }
    });
  }
  mirror::heap const maker;
  auto const page = sys::page_size();
  int reused = 0;
  support::random random(7);
  for (int i = 0; i < 4000 / support::slower; ++i) {
    // Below and above the size at which the allocator maps a block of its own.
    auto const size = page * (1 + random.below(i % 2 == 0 ? 8 : 40));
    void* first = nullptr;
    {
      auto const memory = maker.make(size);
      first = memory->base();
      memory->base()[random.below(2 * size)] = std::byte{1};
    }
    auto* const again = ::operator new(2 * size, std::align_val_t(page));
    reused += again == first;
    auto const bytes = std::span(static_cast<std::byte*>(again), 2 * size);
    support::fill(bytes, static_cast<std::uint64_t>(i));
    // Ordinary memory again: its halves are not each other's.
    BOOST_REQUIRE(support::verify(bytes, static_cast<std::uint64_t>(i)));
    ::operator delete(again, std::align_val_t(page));
  }
  done = true;
  for (auto& t : others) t.join();
  BOOST_TEST(errors == 0);
  if (!support::sanitized) BOOST_TEST(reused > 1000);  // sanitizers keep freed memory back for a while
  BOOST_TEST_MESSAGE(reused << " times the allocator gave the same memory again");
}

BOOST_AUTO_TEST_CASE(a_fork_child_does_not_have_the_memory_and_harms_nobody) {
  for (auto const& m : all_makers()) {
    auto memory = m->make(sys::page_size());
    memory->base()[0] = std::byte{5};
    {
      support::child fork([&] {
        memory.reset();
        return 0;
      });
      BOOST_TEST(fork.wait() == 0);
    }
    BOOST_TEST((memory->base()[sys::page_size()] == std::byte{5}));
    support::child toucher([&] {
      ::rlimit const none{};
      ::setrlimit(RLIMIT_CORE, &none);
      ::signal(SIGSEGV, SIG_DFL);
      return static_cast<int>(*static_cast<std::byte volatile*>(memory->base()));
    });
    BOOST_TEST(toucher.wait() != 5);
  }
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_used_is_named) {
  support::expect_error(
      std::error_code(ENOENT, std::system_category()),
      [] { mirror::temporary_file("/nowhere/at/all").make(sys::page_size()); }, "O_TMPFILE", "/nowhere/at/all",
      "name a directory");
  support::expect_error(
      std::error_code(EOPNOTSUPP, std::system_category()),
      [] { mirror::temporary_file("/proc").make(sys::page_size()); }, "/proc");
  BOOST_TEST(mirror::temporary_file("/dev/shm").name() == "temporary_file in /dev/shm");
}

BOOST_AUTO_TEST_SUITE_END()
