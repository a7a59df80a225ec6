// SPDX-License-Identifier: BSL-1.0
// A participant gives pages of the data back to the system (a hole), and others take them: none is left to fill it.
#include <functional>
#include <string>

#include <fcntl.h>
#include <linux/falloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include "backing_kinds.hpp"
#include "build_kind.hpp"
#include "child.hpp"
#include "hostile_peer.hpp"
#include "huge_pages.hpp"
#include "mirror/memfd_object.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "resources.hpp"
#include "users.hpp"

using namespace quoit;

namespace {

constexpr int refused = 77;

/// Takes pages for as long as the descriptor is open.
using taker = std::function<sys::descriptor()>;

void punch(channel const& ch) {
  auto const g = support::hostile_peer(ch).memory.geometry();
  support::require(::fallocate(ch.native_handles().data, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                               static_cast<off_t>(g.data_at), static_cast<off_t>(g.capacity)) == 0,
                   "fallocate");
}

/// Ends with 0 if all is told as corrupt; by a signal if the first access is the end.
int use_after_a_hole(channel_options const& options, taker const& take_all) {
  auto const ch = channel::create_anonymous(options);
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  pub.publish(support::bytes_of("held"));
  auto const held = sub.receive();
  support::require(held.whole(), "whole before");
  punch(ch);
  auto const taken = take_all();
  for (auto const b : held.bytes()) support::require(b == std::byte{0}, "zeros");
  support::require(!held.whole(), "not whole after");
  support::require(sub.try_receive().status() == status::corrupt, "try_receive");
  support::require(pub.publish(support::bytes_of("x")).status == status::corrupt, "publish");
  support::require(pub.reserve(10).status() == status::corrupt, "reserve");
  return 0;
}

/// In a small file system in memory that no other process sees.
int in_a_file(support::scratch_directory const& folder, bool survive) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    return refused;
  }
  channel_options const options{
      .capacity = 64_KiB, .path = folder.file("ring"), .mapping = {.survive_truncation = survive}};
  return use_after_a_hole(options, [&] {
    sys::descriptor fd(::open(folder.file("rest").c_str(), O_RDWR | O_CREAT, 0600));
    std::string const page(4096, 'x');
    while (::write(fd.get(), page.data(), page.size()) > 0) {
    }
    return fd;
  });
}

int in_huge_pages(bool survive) {
  channel_options const options{
      .capacity = 2_MiB, .backing = backing::hugetlb, .mapping = {.survive_truncation = survive}};
  return use_after_a_hole(options, [] {
    auto const free = static_cast<std::uint64_t>(support::huge_pages::read("free_hugepages"));
    return mirror::make_memfd("rest", free * 2_MiB, mirror::pages::huge);
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(holes_test)

BOOST_AUTO_TEST_CASE(in_a_file_a_hole_that_cannot_be_filled_is_told_as_corrupt_or_ends_the_process) {
  if (support::cannot_become_others()) return;
  for (bool const survive : {true, false}) {
    if (!survive && support::skipped_if_sanitized("it has a handler of its own for what nobody handles")) return;
    support::scratch_directory const folder("/dev/shm");
    auto const ended = support::child([&] { return in_a_file(folder, survive); }).wait();
    if (ended == refused) {
      BOOST_TEST_MESSAGE("SKIPPED: this system refuses a mount namespace, or a mount in it");
      return;
    }
    BOOST_TEST(ended == (survive ? 0 : -SIGBUS));
  }
}

BOOST_AUTO_TEST_CASE(in_huge_pages_too) {
  support::huge_pages const pool(4);
  if (!pool.enough()) {
    BOOST_TEST_MESSAGE("SKIPPED: no huge pages here, and no right to get some");
    return;
  }
  for (bool const survive : {true, false}) {
    if (!survive && support::skipped_if_sanitized("it has a handler of its own for what nobody handles")) return;
    BOOST_TEST(support::child([&] { return in_huge_pages(survive); }).wait() == (survive ? 0 : -SIGBUS));
  }
}

BOOST_AUTO_TEST_SUITE_END()
