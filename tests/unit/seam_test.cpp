// SPDX-License-Identifier: BSL-1.0
// Every system call of set-up is made to fail, at every place where it is made: an error or a success, and nothing
// left.
#include <atomic>
#include <filesystem>

#include <unistd.h>

#include "backing_kinds.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "registry/asking.hpp"
#include "registry/name.hpp"
#include "resources.hpp"
#include "scratch_registry.hpp"
#include "system/calls.hpp"
#include "system_v_segments.hpp"
#include "tried.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

struct plan {
  sys::call which;
  int nth;
  int error;
};
std::atomic<sys::call> target{sys::call::count};
std::atomic<int> left{0};
std::atomic<int> error_value{0};

int fail_the_nth(sys::call c) noexcept {
  if (c != target.load() || left.load() == 0) return 0;
  return left.fetch_sub(1) == 1 ? error_value.load() : 0;
}

/// Whether the planned failure took place while `f` ran.
template <class F>
bool with_failure(plan p, F&& f) {
  target = p.which;
  error_value = p.error;
  left = p.nth;
  sys::set_call_hook(fail_the_nth);
  try {
    f();
  } catch (error const& e) {
    sys::set_call_hook(nullptr);
    BOOST_TEST_INFO(e.what());
    BOOST_TEST(std::string(e.what()).starts_with("cannot "));
    return left == 0;
  }
  sys::set_call_hook(nullptr);
  return left == 0;
}

/// All that is done with a channel of this memory.
void whole_life(channel_options const& options) {
  auto const ch = channel::create("a/b", options);
  auto const other = channel::open("a/b", wait_for{1ms});
  auto pub = ch.publisher();
  auto sub = other.subscriber();
  pub.publish(support::bytes_of("x"));
  sub.receive(1ms, waiting::sleep);
  sub.receive(1ms, waiting::sleep);
  ch.participants();
  ch.sync();
  channel::list();
  auto const fresh = channel::create("a/b", replace, options);
  channel::remove("a/b");
}

/// A keeper is asked, though there would be other ways.
void life_of_a_keeper(channel_options const& options) {
  auto const ch = channel::create("a/b", options);
  keeper const k(ch);
  auto const e = registry::entry::open(registry::directory::open(), registry::file_of("a/b"));
  std::string why;
  if (!registry::ask_keepers(e, e.describe(), mirror::access::read_write, why)) BOOST_TEST(!why.empty());
}

void each_call_fails(int error, channel_options const& options = {.capacity = 8192},
                     void (&life)(channel_options const&) = whole_life) {
  support::scratch_registry const scratch;
  auto const again = [&] {
    // What was left of a failed attempt stands in nobody's way; a file may, and says so.
    if (!options.path.empty()) std::filesystem::remove(options.path);
    life(options);
  };
  again();
  auto const before = support::resources::now();
  int failures = 0;
  for (unsigned c = 0; c < static_cast<unsigned>(sys::call::count); ++c) {
    for (int nth = 1; nth < 10'000; ++nth) {
      BOOST_TEST_CONTEXT("call " << c << ", time " << nth << ", errno " << error) {
        if (!with_failure({static_cast<sys::call>(c), nth, error}, [&] { life(options); })) break;
        ++failures;
        BOOST_REQUIRE(support::resources::now() == before);
        BOOST_REQUIRE_NO_THROW(again());
        BOOST_REQUIRE(support::system_v_segments_of({::getpid()}) == 0U);
      }
    }
  }
  QUOIT_TRIED("made " << failures << " calls fail with errno " << error);
  BOOST_TEST(failures > 100);
  BOOST_TEST(scratch.files() == 0U);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(seam_test)

BOOST_AUTO_TEST_CASE(out_of_memory) { each_call_fails(ENOMEM); }
BOOST_AUTO_TEST_CASE(out_of_descriptors) { each_call_fails(EMFILE); }
BOOST_AUTO_TEST_CASE(out_of_space) { each_call_fails(ENOSPC); }
BOOST_AUTO_TEST_CASE(not_permitted) { each_call_fails(EPERM); }

BOOST_AUTO_TEST_CASE(a_channel_for_its_creator_alone_whatever_fails) {
  each_call_fails(EMFILE, {.capacity = 8192, .creator_only = true});
  each_call_fails(EPERM, {.capacity = 8192, .creator_only = true});
}

BOOST_AUTO_TEST_CASE(a_keeper_whatever_fails) {
  each_call_fails(EMFILE, {.capacity = 8192}, life_of_a_keeper);
  each_call_fails(ENOMEM, {.capacity = 8192}, life_of_a_keeper);
  each_call_fails(EPERM, {.capacity = 8192}, life_of_a_keeper);
}

BOOST_AUTO_TEST_CASE(a_file_whatever_fails) {
  support::scratch_directory const files("/dev/shm");
  each_call_fails(EMFILE, {.capacity = 8192, .path = files.file("ring")});
  each_call_fails(ENOSPC, {.capacity = 8192, .path = files.file("ring"), .mapping = {.lock = true}});
  for (auto const& e : std::filesystem::directory_iterator(files.path())) BOOST_TEST_MESSAGE("left: " << e.path());
  BOOST_TEST(files.files() == 0U);
}

BOOST_AUTO_TEST_CASE(system_v_segments_whatever_fails) {
  each_call_fails(ENOMEM, {.capacity = 8192, .backing = backing::sysv});
  each_call_fails(EPERM,
                  {.capacity = 8192, .backing = backing::sysv, .mapping = {.huge_pages = true, .prefault = true}});
}

BOOST_AUTO_TEST_CASE(an_old_kernel_that_does_not_know_the_noexec_seal) {
  support::scratch_registry const scratch;
  BOOST_TEST(with_failure({sys::call::memfd_create_, 1, EINVAL}, [] { channel::create("x"); }));
}

BOOST_AUTO_TEST_CASE(an_interrupted_fallocate_goes_on) {
  support::scratch_registry const scratch;
  bool created = false;
  BOOST_TEST(with_failure({sys::call::fallocate_, 1, EINTR}, [&] {
    channel::create("x");
    created = true;
  }));
  BOOST_TEST(created);
}

BOOST_AUTO_TEST_CASE(the_error_says_what_failed) {
  support::scratch_registry const scratch;
  auto const said = [](plan p, auto const&... parts) {
    target = p.which;
    error_value = p.error;
    left = p.nth;
    sys::set_call_hook(fail_the_nth);
    support::expect_error(
        std::error_code(p.error, std::system_category()), [] { channel::create("x"); }, parts...);
    sys::set_call_hook(nullptr);
  };
  said({sys::call::fallocate_, 1, ENOSPC}, "create channel 'x'", "fallocate", "quoit-header:x", "free some space");
  said({sys::call::memfd_create_, 1, EMFILE}, "make a memfd", "ulimit -n");
  said({sys::call::linkat_, 1, EPERM}, "give a registry file its name", scratch.path());
}

BOOST_AUTO_TEST_SUITE_END()
