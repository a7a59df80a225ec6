// SPDX-License-Identifier: BSL-1.0
// Channels whose memory is System V segments: nothing of them stays, whoever is killed when.
#include <array>
#include <cstddef>
#include <fstream>
#include <string>

#include <sched.h>
#include <signal.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "segment/digest.hpp"
#include "system/calls.hpp"
#include "system/process.hpp"
#include "system/step.hpp"
#include "system_v_segments.hpp"

using namespace quoit;

namespace {

channel_options const options{.capacity = 64_KiB, .backing = backing::sysv};

}  // namespace

BOOST_AUTO_TEST_SUITE(system_v_test)

BOOST_AUTO_TEST_CASE(segments_are_marked_for_removal_at_once_and_go_with_their_last_process) {
  support::scratch_registry const scratch;
  support::gate created;
  support::child creator([&] {
    auto const ch = channel::create("x", options);
    created.open();
    ::pause();
    return 0;
  });
  created.pass();
  auto const pid = creator.pid();
  BOOST_TEST(support::system_v_segments_of({pid}) == 2U);
  {
    auto const ch = channel::open("x");
    creator.kill();
    BOOST_TEST(support::system_v_segments_of({pid}) == 2U);
    auto sub = ch.subscriber();
    ch.publisher().publish(support::bytes_of("without its creator"));
    BOOST_TEST(support::text_of(sub.receive().bytes()) == "without its creator");
  }
  BOOST_TEST(support::system_v_segments_of({pid, ::getpid()}) == 0U);
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_CASE(an_anonymous_one_works_and_has_no_descriptors_to_hand_over) {
  support::scratch_registry const scratch;
  {
    auto const ch = channel::create_anonymous(options);
    auto sub = ch.subscriber();
    ch.publisher().publish(support::bytes_of("x"));
    BOOST_TEST(support::text_of(sub.receive().bytes()) == "x");
    support::expect_error(
        errc::mismatch, [&] { ch.native_handles(); }, "sysv");
  }
  BOOST_TEST(support::system_v_segments_of({::getpid()}) == 0U);
}

BOOST_AUTO_TEST_CASE(the_superblock_cannot_be_written) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", options);
  support::child writer([&] {
    // Where this process has the header attached: the one writable attachment of it, whose first page is not.
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.find("SYSV") != std::string::npos) return 1;  // a fork child has none of it
    }
    return 0;
  });
  BOOST_TEST(writer.wait() == 0);
  std::ifstream maps("/proc/self/maps");
  std::size_t read_only = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("SYSV") != std::string::npos && line.find(" r--s 00000000") != std::string::npos) ++read_only;
  }
  BOOST_TEST(read_only == 2U);  // the superblock, and the data that is kept
}

BOOST_AUTO_TEST_CASE(no_memory_in_the_kernel_is_an_error_or_a_memfd_if_that_is_allowed) {
  support::scratch_registry const scratch;
  sys::set_call_hook([](sys::call c) noexcept { return c == sys::call::shmget_ ? ENOSPC : 0; });
  support::expect_error(
      std::error_code(ENOSPC, std::system_category()), [] { channel::create("x", options); }, "kernel.shmmni");
  auto flexible = options;
  flexible.or_memfd = true;
  BOOST_TEST((channel::create("x", flexible).info().backing == backing::memfd));
  sys::set_call_hook(nullptr);
  BOOST_TEST(scratch.files() == 0U);
}

#ifdef QUOIT_STEPS
BOOST_AUTO_TEST_CASE(a_kill_at_each_step_of_making_leaves_what_the_next_list_removes) {
  static std::string fatal;
  static int passes;
  std::size_t left = 0;
  for (char const* const step :
       {"intent_linked", "segment_made", "segment_removed", "entry_prepared", "entry_linked"}) {
    for (int const pass : {1, 2}) {
      support::scratch_registry const scratch;
      support::child killed([&] {
        fatal = step;
        passes = pass;
        sys::on_step = [](char const* name) noexcept {
          if (fatal == name && --passes == 0) ::raise(SIGKILL);
        };
        auto const ch = channel::create("x", options);
        return 0;
      });
      auto const pid = killed.pid();
      killed.wait();
      left += support::system_v_segments_of({pid});
      for (auto const& l : channel::list()) BOOST_TEST((l.state == listing::state::stale));
      BOOST_TEST_CONTEXT(step << ", pass " << pass) BOOST_TEST(support::system_v_segments_of({pid}) == 0U);
      channel::create("x", options);
    }
  }
  BOOST_TEST(left > 0U);  // else nothing was shown
}
#endif

BOOST_AUTO_TEST_CASE(an_intent_of_another_ipc_namespace_is_left_to_those_who_see_its_segments) {
  support::scratch_registry const scratch;
  support::child killed([] {
    sys::set_call_hook([](sys::call c) noexcept { return c == sys::call::shmat_ ? ::raise(SIGKILL) : 0; });
    auto const ch = channel::create("x", options);
    return 0;
  });
  auto const pid = killed.pid();
  BOOST_TEST(killed.wait() == -SIGKILL);
  BOOST_TEST(support::system_v_segments_of({pid}) == 2U);
  constexpr int refused = 77;
  support::child elsewhere([] {
    if (::unshare(CLONE_NEWIPC) != 0) return refused;
    channel::list();
    return 0;
  });
  int const result = elsewhere.wait();
  if (result == refused) BOOST_TEST_MESSAGE("SKIPPED: this user may not make an IPC namespace (unshare)");
  BOOST_TEST((result == 0 || result == refused));
  channel::list();
  BOOST_TEST(support::system_v_segments_of({pid}) == 0U);
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_CASE(what_somebody_else_has_made_is_not_swept) {
  support::scratch_registry const scratch;
  int const id = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  std::ofstream(scratch.file(".sysv-00000001")) << "not an intent of ours, though it is called so";
  channel::list();
  shmid_ds ds{};
  BOOST_TEST(::shmctl(id, IPC_STAT, &ds) == 0);
  BOOST_TEST(scratch.files() == 1U);
  ::shmctl(id, IPC_RMID, nullptr);
}

BOOST_AUTO_TEST_CASE(an_intent_that_others_can_write_takes_no_segment_away) {
  // It may be a registry file of ours, that one who takes part in that channel has given this name.
  struct planned {
    std::int64_t key;
    std::uint64_t size;
  };
  struct written {
    std::uint64_t magic = 0x32'56'53'59'53'54'4F'51;
    std::uint64_t ipc_namespace = sys::own_ipc_namespace();
    std::array<planned, 2> segments{};
    std::uint64_t checksum = 0;
  } plan;
  for (mode_t const mode : {0600U, 0620U, 0602U, 0660U}) {
    support::scratch_registry const scratch;
    int id = -1;
    for (key_t key = ::getpid(); id < 0; ++key) {
      id = ::shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
      plan.segments = {{{key, 4096}, {0, 0}}};
    }
    plan.checksum = segment::checksum(&plan, offsetof(written, checksum));
    auto const file = scratch.file(".sysv-00000001");
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<char const*>(&plan), sizeof plan);
    BOOST_REQUIRE(::chmod(file.c_str(), mode) == 0);
    channel::list();
    shmid_ds ds{};
    BOOST_TEST_CONTEXT("mode " << mode) {
      BOOST_TEST((::shmctl(id, IPC_STAT, &ds) == 0) == (mode != 0600U));
      BOOST_TEST(scratch.files() == (mode != 0600U ? 1U : 0U));
    }
    ::shmctl(id, IPC_RMID, nullptr);
  }
}

BOOST_AUTO_TEST_SUITE_END()
