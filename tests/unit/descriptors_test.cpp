// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "system/calls.hpp"

using namespace quoit;
using namespace quoit::literals;
using namespace std::chrono_literals;
using support::bytes_of;
using support::text_of;

namespace {

/// A pipe whose ends are closed when it goes.
struct pipe_pair {
  std::array<int, 2> fds{-1, -1};
  explicit pipe_pair(int flags = 0) { BOOST_REQUIRE(::pipe2(fds.data(), flags) == 0); }
  ~pipe_pair() {
    close_reading();
    close_writing();
  }
  int reading() const { return fds[0]; }
  int writing() const { return fds[1]; }
  void close_reading() { shut(fds[0]); }
  void close_writing() { shut(fds[1]); }
  static void shut(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  void put(std::string const& text) const {
    BOOST_REQUIRE(::write(fds[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  std::string get(std::size_t most) const {
    std::string text(most, '\0');
    auto const n = ::read(fds[0], text.data(), most);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }
};

struct both {
  channel ch = channel::create_anonymous({.capacity = 4096, .kind = kind::stream});
  stream_reader reader = ch.stream_reader();
  stream_writer writer = ch.stream_writer();
};

/// Makes the next calls of one kind fail, or interrupts them.
struct failing {
  static inline sys::call which{};
  static inline int error = 0;
  static inline int times = 0;
  failing(sys::call c, int e, int n) {
    which = c;
    error = e;
    times = n;
    sys::set_call_hook([](sys::call made) noexcept { return made == which && times-- > 0 ? error : 0; });
  }
  ~failing() { sys::set_call_hook(nullptr); }
};

std::string random_text(std::size_t size) {
  std::string text(size, '\0');
  support::fill(std::as_writable_bytes(std::span(text)), size);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(descriptors_test)

BOOST_AUTO_TEST_CASE(a_file_goes_through_a_ring_that_is_much_smaller) {
  both b;
  auto const text = random_text(1'000'003);
  std::string const from = "/dev/shm/quoit-test-from-" + std::to_string(::getpid());
  std::string const to = "/dev/shm/quoit-test-to-" + std::to_string(::getpid());
  std::ofstream(from) << text;
  transfer out;
  std::thread sink([&] {
    int const fd = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    out = b.reader.write_to(fd);
    ::close(fd);
  });
  int const fd = ::open(from.c_str(), O_RDONLY);
  auto const t = b.writer.read_from(fd);
  BOOST_TEST(t.status == status::end_of_file);
  BOOST_TEST(t.count == text.size());
  BOOST_TEST(t.error == 0);
  ::close(fd);
  b.writer.close();
  sink.join();
  BOOST_TEST(out.status == status::closed);
  BOOST_TEST(out.count == text.size());
  std::ifstream in(to);
  BOOST_TEST((std::string(std::istreambuf_iterator<char>(in), {}) == text));
  std::filesystem::remove(from);
  std::filesystem::remove(to);
}

BOOST_AUTO_TEST_CASE(no_more_is_moved_than_was_asked_for) {
  both b;
  pipe_pair in;
  pipe_pair out;
  in.put("0123456789");
  BOOST_TEST(b.writer.read_from(in.reading(), 4).count == 4U);
  BOOST_TEST(b.writer.read_from(in.reading(), 0).count == 0U);
  BOOST_TEST(in.get(100) == "456789");
  BOOST_TEST(b.reader.write_to(out.writing(), 3).count == 3U);
  BOOST_TEST(b.reader.write_to(out.writing(), 0).count == 0U);
  BOOST_TEST(out.get(100) == "012");
  BOOST_TEST(text_of(b.reader.data().bytes) == "3");
}

BOOST_AUTO_TEST_CASE(what_comes_in_pieces_is_seen_at_once) {
  both b;
  pipe_pair in;
  in.put("piece");
  auto const t = b.writer.read_from(in.reading(), 100, 20ms);  // the pipe stays open
  BOOST_TEST(t.status == status::timeout);
  BOOST_TEST(t.count == 5U);
  BOOST_TEST(text_of(b.reader.data().bytes) == "piece");
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_does_not_block_says_so) {
  both b;
  pipe_pair in(O_NONBLOCK);
  in.put("there");
  auto t = b.writer.read_from(in.reading());
  BOOST_TEST(t.status == status::would_block);
  BOOST_TEST(t.count == 5U);
  in.close_writing();
  BOOST_TEST(b.writer.read_from(in.reading()).status == status::end_of_file);
}

BOOST_AUTO_TEST_CASE(what_a_full_descriptor_does_not_take_stays_in_the_stream) {
  both b;
  pipe_pair out(O_NONBLOCK);
  ::fcntl(out.writing(), F_SETPIPE_SZ, 4096);
  out.put(std::string(4096, 'x'));
  b.writer.write(bytes_of("kept"));
  auto t = b.reader.write_to(out.writing());
  BOOST_TEST(t.status == status::would_block);
  BOOST_TEST(t.count == 0U);
  out.get(4096);
  BOOST_TEST(b.reader.write_to(out.writing(), 4).count == 4U);
  BOOST_TEST(out.get(100) == "kept");
}

BOOST_AUTO_TEST_CASE(a_full_descriptor_that_blocks_is_waited_for_no_longer_than_told) {
  both b;
  pipe_pair out;
  ::fcntl(out.writing(), F_SETPIPE_SZ, 4096);
  out.put(std::string(4096, 'x'));
  b.writer.write(bytes_of("kept"));
  BOOST_TEST(b.reader.write_to(out.writing(), 4, 5ms).status == status::timeout);
  b.reader.interrupt();
  BOOST_TEST(b.reader.write_to(out.writing(), 4).status == status::interrupted);
  BOOST_TEST(text_of(b.reader.data().bytes) == "kept");
}

BOOST_AUTO_TEST_CASE(a_pipe_that_nobody_reads_is_an_error_and_no_signal) {
  both b;
  pipe_pair out;
  out.close_reading();
  b.writer.write(bytes_of("kept"));
  // SIGPIPE has its default action here: it would kill us.
  auto const t = b.reader.write_to(out.writing());
  BOOST_TEST(t.status == status::failed);
  BOOST_TEST(t.error == EPIPE);
  BOOST_TEST(t.count == 0U);
  BOOST_TEST(text_of(b.reader.data().bytes) == "kept");
  sigset_t pending{};
  ::sigpending(&pending);
  BOOST_TEST(::sigismember(&pending, SIGPIPE) == 0);
  sigset_t blocked{};
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  BOOST_TEST(::sigismember(&blocked, SIGPIPE) == 0);
}

BOOST_AUTO_TEST_CASE(sockets_are_moved_like_everything_else) {
  both b;
  std::array<int, 2> s{};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, s.data()) == 0);
  b.writer.write(bytes_of("over a socket"));
  BOOST_TEST(b.reader.write_to(s[0], 13).count == 13U);
  BOOST_TEST(b.writer.read_from(s[1], 13).count == 13U);
  BOOST_TEST(text_of(b.reader.data().bytes) == "over a socket");
  ::close(s[1]);
  auto const t = b.reader.write_to(s[0]);
  BOOST_TEST(t.status == status::failed);
  BOOST_TEST(t.error == EPIPE);
  ::close(s[0]);
}

BOOST_AUTO_TEST_CASE(a_terminal_is_read_line_by_line) {
  both b;
  int ours = -1;
  int theirs = -1;
  BOOST_REQUIRE(::openpty(&ours, &theirs, nullptr, nullptr, nullptr) == 0);
  BOOST_REQUIRE(::write(ours, "typed\n", 6) == 6);
  BOOST_TEST(b.writer.read_from(theirs, 6).count == 6U);
  BOOST_TEST(text_of(b.reader.data().bytes) == "typed\n");
  BOOST_REQUIRE(::write(ours, "\x04", 1) == 1);  // ^D
  BOOST_TEST(b.writer.read_from(theirs).status == status::end_of_file);
  BOOST_TEST(b.reader.write_to(theirs, 6).count == 6U);
  ::close(ours);
  ::close(theirs);
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_cannot_be_used_is_named_by_its_errno) {
  both b;
  pipe_pair p;
  b.writer.write(bytes_of("kept"));
  auto const is_bad = [](transfer t) { return t.status == status::failed && t.error == EBADF && t.count == 0; };
  BOOST_TEST(is_bad(b.writer.read_from(-1)));
  BOOST_TEST(is_bad(b.reader.write_to(-1)));
  BOOST_TEST(is_bad(b.writer.read_from(p.writing())));
  BOOST_TEST(is_bad(b.reader.write_to(p.reading())));
  auto const closed = p.reading();
  p.close_reading();
  BOOST_TEST(is_bad(b.writer.read_from(closed)));
  int const directory = ::open("/", O_RDONLY);
  BOOST_TEST(b.writer.read_from(directory).error == EISDIR);
  ::close(directory);
  int const full = ::open("/dev/full", O_WRONLY);
  BOOST_TEST(b.reader.write_to(full).error == ENOSPC);
  ::close(full);
  BOOST_TEST(text_of(b.reader.data().bytes) == "kept");
}

BOOST_AUTO_TEST_CASE(a_call_that_a_signal_interrupts_is_repeated) {
  both b;
  pipe_pair in;
  pipe_pair out;
  in.put("abc");
  {
    failing const eintr(sys::call::read_, EINTR, 3);
    BOOST_TEST(b.writer.read_from(in.reading(), 3).count == 3U);
    BOOST_TEST(failing::times == -1);
  }
  {
    failing const eintr(sys::call::write_, EINTR, 3);
    BOOST_TEST(b.reader.write_to(out.writing(), 3).count == 3U);
    BOOST_TEST(failing::times == -1);
  }
  {
    failing const eintr(sys::call::poll_, EINTR, 3);
    in.put("d");
    BOOST_TEST(b.writer.read_from(in.reading(), 1).count == 1U);
    BOOST_TEST(failing::times == -1);
  }
  BOOST_TEST(out.get(10) == "abc");
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_ready_and_then_is_not_is_asked_again) {
  both b;
  pipe_pair in;
  in.put("abc");
  failing const not_ready(sys::call::read_, EAGAIN, 40);
  BOOST_TEST(b.writer.read_from(in.reading(), 3).count == 3U);
  BOOST_TEST(failing::times == -1);
}

BOOST_AUTO_TEST_CASE(an_error_in_the_middle_leaves_what_was_moved) {
  both b;
  pipe_pair in;
  in.put("abc");
  in.close_writing();  // so that it is ready to tell what comes next
  static int reads;
  reads = 0;
  sys::set_call_hook([](sys::call c) noexcept { return c == sys::call::read_ && ++reads == 2 ? EIO : 0; });
  auto const t = b.writer.read_from(in.reading());
  sys::set_call_hook(nullptr);
  BOOST_TEST(t.status == status::failed);
  BOOST_TEST(t.error == EIO);
  BOOST_TEST(t.count == 3U);
  BOOST_TEST(text_of(b.reader.data().bytes) == "abc");
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_a_copy_that_never_has_to_wait) {
  both b;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) b.reader.consume(b.reader.data(1, 1ms).bytes.size());
  });
  int const zero = ::open("/dev/zero", O_RDONLY);
  BOOST_TEST(b.writer.read_from(zero, unlimited, 5ms).status == status::timeout);
  std::vector<std::byte> const much(4096);
  BOOST_TEST(b.writer.write(much, 1h).count == 4096U);
  ::close(zero);
  done = true;
  reader.join();

  done = false;
  std::thread writer([&] {
    while (!done) b.writer.write(much, 1ms);
  });
  int const null = ::open("/dev/null", O_WRONLY);
  BOOST_TEST(b.reader.write_to(null, unlimited, 5ms).status == status::timeout);
  ::close(null);
  done = true;
  writer.join();
}

BOOST_AUTO_TEST_CASE(a_pipe_that_takes_only_a_part_does_not_keep_a_copy_beyond_its_time) {
  auto const ch = channel::create_anonymous({.capacity = 1_MiB, .kind = kind::stream});
  auto reader = ch.stream_reader();
  auto writer = ch.stream_writer();
  std::vector<std::byte> const much(500'000);
  writer.write(much);
  pipe_pair out;  // takes 64 KiB, and nobody reads it
  auto const t = reader.write_to(out.writing(), unlimited, 20ms);
  BOOST_TEST(t.status == status::timeout);
  BOOST_TEST(t.count >= 4096U);
  BOOST_TEST(reader.lag() == much.size() - t.count);
  std::thread later([&] {
    std::this_thread::sleep_for(20ms);
    reader.interrupt();
  });
  BOOST_TEST(reader.write_to(out.writing()).status == status::interrupted);
  later.join();
}

BOOST_AUTO_TEST_CASE(the_time_of_a_copy_is_for_all_of_it) {
  both b;
  pipe_pair out;
  std::atomic<bool> done{false};
  std::thread writer([&] {  // a byte each few milliseconds: no single wait is long
    while (!done) {
      b.writer.write(bytes_of("x"));
      std::this_thread::sleep_for(2ms);
    }
  });
  BOOST_TEST(b.reader.write_to(out.writing(), unlimited, 50ms).status == status::timeout);
  done = true;
  writer.join();
}

BOOST_AUTO_TEST_CASE(an_interrupt_also_ends_copies_with_descriptors_that_do_not_block) {
  both b;
  int const zero = ::open("/dev/zero", O_RDONLY | O_NONBLOCK);
  b.writer.interrupt();
  BOOST_TEST(b.writer.read_from(zero, 10).status == status::interrupted);
  BOOST_TEST(b.writer.read_from(zero, 10).count == 10U);
  ::close(zero);
}

BOOST_AUTO_TEST_CASE(a_copy_leaves_no_room_prepared) {
  both b;
  int const null = ::open("/dev/null", O_RDONLY);
  b.writer.prepare(10);
  BOOST_TEST(b.writer.read_from(null).status == status::end_of_file);
  BOOST_TEST(b.writer.commit(1).status == status::too_big);
  ::close(null);
}

namespace {
volatile sig_atomic_t sigpipes = 0;
}

BOOST_AUTO_TEST_CASE(a_sigpipe_from_elsewhere_is_not_lost) {
  both b;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { sigpipes = sigpipes + 1; };
  ::sigaction(SIGPIPE, &action, &before);
  pipe_pair out;
  std::thread later([self = ::pthread_self()] {
    std::this_thread::sleep_for(10ms);
    ::pthread_kill(self, SIGPIPE);
  });
  b.reader.write_to(out.writing(), unlimited, 40ms);  // nothing is there to be written
  later.join();
  BOOST_TEST(sigpipes == 1);
  out.close_reading();
  b.writer.write(bytes_of("x"));
  BOOST_TEST(b.reader.write_to(out.writing()).error == EPIPE);
  BOOST_TEST(sigpipes == 1);  // our own is never raised

  // Blocked by the program, and pending already: it stays so.
  sigset_t set{};
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::raise(SIGPIPE);
  BOOST_TEST(b.reader.write_to(out.writing()).error == EPIPE);
  BOOST_TEST(sigpipes == 1);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  BOOST_TEST(sigpipes == 2);
  ::sigaction(SIGPIPE, &before, nullptr);
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_a_copy_that_never_has_to_wait) {
  both b;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) b.reader.consume(b.reader.data(1, 1ms).bytes.size());
  });
  std::thread later([&] {
    std::this_thread::sleep_for(5ms);
    b.writer.interrupt();
  });
  int const zero = ::open("/dev/zero", O_RDONLY);
  BOOST_TEST(b.writer.read_from(zero).status == status::interrupted);
  ::close(zero);
  later.join();
  done = true;
  reader.join();
}

BOOST_AUTO_TEST_CASE(a_wait_for_a_descriptor_can_be_interrupted) {
  both b;
  pipe_pair in;
  std::thread later([&] {
    std::this_thread::sleep_for(20ms);
    b.writer.interrupt();
  });
  BOOST_TEST(b.writer.read_from(in.reading()).status == status::interrupted);
  later.join();
}

BOOST_AUTO_TEST_CASE(a_signal_alone_ends_no_wait_for_a_descriptor) {
  both b;
  pipe_pair in;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &action, &before);
  auto const self = ::pthread_self();
  std::thread later([&] {
    for (int i = 0; i < 5; ++i) {
      std::this_thread::sleep_for(5ms);
      ::pthread_kill(self, SIGUSR1);
    }
    if (::write(in.writing(), "after the signals", 17) != 17) std::abort();
  });
  BOOST_TEST(b.writer.read_from(in.reading(), 17).count == 17U);
  later.join();
  ::sigaction(SIGUSR1, &before, nullptr);
}

BOOST_AUTO_TEST_CASE(ends_stop_a_copy_once_each) {
  both b;
  pipe_pair out;
  b.writer.write(bytes_of("one"));
  b.writer.close();
  b.ch.stream_writer().write(bytes_of("two"));
  auto t = b.reader.write_to(out.writing());
  BOOST_TEST(t.status == status::closed);
  BOOST_TEST(t.count == 3U);
  t = b.reader.write_to(out.writing());
  BOOST_TEST(t.status == status::closed);
  BOOST_TEST(t.count == 3U);
  BOOST_TEST(b.reader.write_to(out.writing(), unlimited, 1ms).status == status::timeout);
  BOOST_TEST(out.get(100) == "onetwo");
}

BOOST_AUTO_TEST_SUITE_END()
