// SPDX-License-Identifier: BSL-1.0
// Channels in which nobody but their creator may publish: what others cannot do to the data, however they try; and what
// can be written at all by whom.
#include <array>
#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"
#include "system/calls.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr channel_options rules() { return {.capacity = 4096, .creator_only = true}; }

/// A process that creates "x", publishes "hello", and goes on until it is killed.
support::child creator(support::gate& made, channel_options const& options = rules()) {
  return support::child([&] {
    auto const ch = channel::create("x", options);
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    made.open();
    ::pause();
    return 0;
  });
}

/// The descriptor of another process's memfd of that name, opened again.
int open_memfd(pid_t pid, std::string const& name, int flags) {
  for (int n = 0; n < 1000; ++n) {
    std::array<char, 256> target{};
    auto const path = fmt::format("/proc/{}/fd/{}", pid, n);
    if (::readlink(path.c_str(), target.data(), target.size() - 1) <= 0) continue;
    if (std::string(target.data()).find(name) != std::string::npos) return ::open(path.c_str(), flags | O_CLOEXEC);
  }
  return -1;
}

/// Where this process has mapped memory of that name, and whether all of those mappings are read-only.
struct mapping {
  std::byte* first = nullptr;
  bool all_read_only = true;
};
mapping find_mapping(std::string const& name) {
  mapping m;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(name) == std::string::npos) continue;
    if (line.find(" ---s ") != std::string::npos) continue;  // a lock
    if (m.first == nullptr) m.first = reinterpret_cast<std::byte*>(std::stoull(line, nullptr, 16));
    m.all_read_only = m.all_read_only && line.find(" r--s ") != std::string::npos;
  }
  return m;
}

int is_refused(std::function<void()> const& f) {
  try {
    f();
  } catch (error const& e) {
    return e.code() == make_error_code(errc::not_creator) ? 0 : 1;
  }
  return 2;
}

/// Another process of the same user, which comes in between two calls of the one that creates a channel, opens the data
/// by /proc and, if it can, maps it to be written.
struct intruder {
  enum class way { keeps_it_open, keeps_a_mapping, keeps_one_to_be_made_writable };
  way how;
  int calls_left;
  bool has_come = false;
  bool can_write = false;
  bool was_refused = false;
};
intruder* intruding;

void intrude(pid_t creator) {
  // O_NONBLOCK: while the creator asks the kernel for a lease, opening would wait for the end of that. It is refused
  // then, and the creator has a signal for it.
  int const fd = open_memfd(creator, "quoit-data", O_RDWR | O_NONBLOCK);
  if (fd < 0) {
    intruding->was_refused = intruding->was_refused || errno == EWOULDBLOCK;
    return;
  }
  intruding->has_come = true;
  bool const may_write = intruding->how != intruder::way::keeps_one_to_be_made_writable;
  void* const there = ::mmap(nullptr, 4096, may_write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
  if (may_write) {
    intruding->can_write = there != MAP_FAILED;
  } else {
    // A mapping that is made to be read can be written later, if it is from before the seal.
    std::ifstream maps("/proc/self/smaps");
    bool ours = false;
    for (std::string line; std::getline(maps, line);) {
      if (line.find('-') < line.find(' '))
        ours = line.starts_with(fmt::format("{:x}-", reinterpret_cast<std::uintptr_t>(there)));
      if (ours && line.starts_with("VmFlags:")) intruding->can_write = line.find(" mw") != std::string::npos;
    }
  }
  if (intruding->how != intruder::way::keeps_it_open) ::close(fd);
}

int let_intrude(sys::call) noexcept {
  if (intruding->calls_left-- != 0) return 0;
  auto const creator = ::getpid();
  int fds[2];
  if (::pipe(fds) != 0) std::abort();
  // A raw clone, as no other process would run our handlers of fork(2), or have our descriptors.
  if (::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr) == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(fds[1], 0);
    ::close_range(3, ~0U, 0);
    intrude(creator);
    if (::write(0, "x", 1) == 1) ::pause();
    ::_exit(0);
  }
  char c = 0;
  if (::read(fds[0], &c, 1) != 1) std::abort();
  ::close(fds[0]);
  ::close(fds[1]);
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(creator_only_test)

BOOST_AUTO_TEST_CASE(whoever_opens_the_data_before_it_is_sealed_prevents_the_channel) {
  for (auto const how :
       {intruder::way::keeps_it_open, intruder::way::keeps_a_mapping, intruder::way::keeps_one_to_be_made_writable}) {
    int refused = 0;
    int late = 0;
    int met_the_lease = 0;
    for (int calls = 0;; ++calls) {
      support::shared_cell<intruder> shared;
      *shared = {how, calls};
      bool created = false;
      support::child creating([&] {
        support::scratch_registry const scratch;
        intruding = &*shared;
        sys::set_call_hook(let_intrude);
        try {
          auto const ch = channel::create("x", rules());
          sys::set_call_hook(nullptr);
          ch.publisher().publish(support::bytes_of("hello"));
          return 0;
        } catch (error const& e) {
          return e.code() == errc::busy ? 1 : 2;
        }
      });
      int const result = creating.wait();
      created = result == 0;
      BOOST_TEST_CONTEXT("way " << static_cast<int>(how) << ", before call " << calls) {
        BOOST_TEST_REQUIRE((result == 0 || result == 1));
        BOOST_TEST(!(created && shared->can_write));
        BOOST_TEST((created || shared->has_come));
      }
      refused += !created;
      late += created && shared->has_come;
      met_the_lease += shared->was_refused;
      if (shared->calls_left >= 0) break;
    }
    BOOST_TEST(refused > 2);
    BOOST_TEST(late > 2);
    BOOST_TEST(met_the_lease == 1);
  }
}

BOOST_AUTO_TEST_CASE(no_other_process_can_change_a_byte_of_the_data) {
  support::scratch_registry const scratch;
  support::gate made;
  auto const other = creator(made);
  made.pass();
  int const fd = open_memfd(other.pid(), "quoit-data", O_RDWR);
  BOOST_REQUIRE(fd >= 0);
  char byte = 'X';
  BOOST_TEST(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  BOOST_TEST(errno == EPERM);
  BOOST_TEST(::pwrite(fd, &byte, 1, 0) == -1);
  BOOST_TEST(errno == EPERM);
  BOOST_TEST(::ftruncate(fd, 0) == -1);
  BOOST_TEST(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == -1);
  void* const there = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
  BOOST_REQUIRE(there != MAP_FAILED);
  BOOST_TEST(::mprotect(there, 4096, PROT_READ | PROT_WRITE) == -1);
  BOOST_TEST(::madvise(there, 4096, MADV_REMOVE) == -1);
  BOOST_TEST(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == -1);
  ::munmap(there, 4096);
  ::close(fd);
  auto sub = channel::open("x").subscriber({.start = oldest});
  BOOST_TEST(support::text_of(sub.receive(60s).bytes()) == "hello");
}

BOOST_AUTO_TEST_CASE(nobody_but_the_object_that_created_it_publishes) {
  support::scratch_registry const scratch;
  support::gate made;
  auto const other = creator(made);
  made.pass();
  auto const ch = channel::open("x");
  BOOST_TEST(ch.info().creator_only);
  support::expect_error(
      errc::not_creator, [&] { ch.publisher(); }, "x", "creator_only");
  support::expect_error(
      errc::mismatch, [] { channel::open("x", {.creator_only = false}); }, "creator_only 0");
}

BOOST_AUTO_TEST_CASE(the_creator_publishes_from_the_object_that_created_it_alone) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", rules());
  auto const again = channel::open("x");
  auto sub = again.subscriber();
  ch.publisher().publish(support::bytes_of("one"));
  ch.publisher().publish(support::bytes_of("two"));
  BOOST_TEST(support::text_of(sub.receive(60s).bytes()) == "one");
  BOOST_CHECK(sub.receive(60s).status() == status::closed);
  BOOST_TEST(support::text_of(sub.receive(60s).bytes()) == "two");
  support::expect_error(errc::not_creator, [&] { again.publisher(); });
}

BOOST_AUTO_TEST_CASE(when_the_creator_has_gone_what_it_published_is_there_and_nobody_goes_on) {
  support::scratch_registry const scratch;
  support::gate made;
  auto other = creator(made);
  made.pass();
  auto ch = channel::open("x");
  other.kill();
  auto sub = ch.subscriber({.start = oldest});
  BOOST_TEST(support::text_of(sub.receive(60s).bytes()) == "hello");
  BOOST_CHECK(sub.receive(60s).status() == status::died);
  support::expect_error(
      errc::not_creator, [&] { ch.publisher(); }, "quoit::replace");
  support::expect_error(errc::exists, [] { channel::create("x", rules()); });
  sub = {};
  ch = {};
  auto const anew = channel::create("x", rules());
  BOOST_CHECK(anew.publisher().publish(support::bytes_of("again")).status == status::ok);
}

BOOST_AUTO_TEST_CASE(several_publishers_and_streams_of_one_creator) {
  support::scratch_registry const scratch;
  auto options = rules();
  options.publishers = 2;
  auto const many = channel::create("many", options);
  auto sub = many.subscriber();
  auto a = many.publisher();
  auto b = many.publisher();
  auto first = a.reserve(8);
  b.publish(support::bytes_of("b"));
  first.discard();
  BOOST_TEST(support::text_of(sub.receive(60s).bytes()) == "b");
  auto stream_options = rules();
  stream_options.kind = quoit::stream;
  auto const bytes = channel::create("bytes", stream_options);
  auto reader = bytes.stream_reader();
  auto writer = bytes.stream_writer();
  writer.write(support::bytes_of("xyz"));
  BOOST_TEST(support::text_of(reader.data().bytes) == "xyz");
  support::child other([] { return is_refused([] { channel::open("bytes").stream_writer(); }); });
  BOOST_TEST(other.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_backing_that_cannot_be_sealed_is_refused) {
  support::scratch_registry const scratch;
  channel_options in_file{.path = "/dev/shm/quoit-creator-only", .creator_only = true};
  channel_options segments{.backing = backing::sysv, .creator_only = true};
  support::expect_error(
      errc::bad_options, [&] { channel::create("x", in_file); }, "creator_only", "file");
  support::expect_error(
      errc::bad_options, [&] { channel::create("x", segments); }, "creator_only", "sysv");
}

BOOST_AUTO_TEST_CASE(subscribers_cannot_write_the_data_of_any_channel) {
  support::scratch_registry const scratch;
  support::gate made;
  auto const other = creator(made, {.capacity = 4096});  // of any channel
  made.pass();
  BOOST_TEST(support::child([] {
               auto sub = channel::open("x").subscriber({.start = oldest});
               std::signal(SIGSEGV, SIG_DFL);
               *const_cast<std::byte volatile*>(sub.receive(60s).bytes().data()) = std::byte{0x55};
               return 0;
             }).wait() == -SIGSEGV);
}

BOOST_AUTO_TEST_CASE(an_observer_maps_nothing_that_it_could_write) {
  support::scratch_registry const scratch;
  support::gate made;
  auto const other = creator(made, {.capacity = 4096});
  made.pass();
  auto const look = observer::open("x");
  BOOST_TEST(look.level().records == 1U);
  for (auto const* const name : {"quoit-header", "quoit-data"}) {
    auto const m = find_mapping(name);
    BOOST_TEST_REQUIRE(m.first != nullptr);
    BOOST_TEST(m.all_read_only);
  }
  BOOST_TEST(support::child([] {
               auto const own = observer::open("x");
               auto const m = find_mapping("quoit-header");
               std::signal(SIGSEGV, SIG_DFL);
               *const_cast<std::byte volatile*>(m.first) = std::byte{0x55};
               return 0;
             }).wait() == -SIGSEGV);
}

BOOST_AUTO_TEST_SUITE_END()
