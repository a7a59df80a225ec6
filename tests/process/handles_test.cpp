// SPDX-License-Identifier: BSL-1.0
// Channels that are handed over by their descriptors, without a name.
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "resources.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t space = CMSG_SPACE(2 * sizeof(int));

void send(int socket, handles const& h) {
  std::array<int, 2> const fds{h.header, h.data};
  char byte = 'q';
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, space> control{};
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  m.msg_control = control.data();
  m.msg_controllen = control.size();
  auto* const c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(c), fds.data(), sizeof fds);
  support::require(::sendmsg(socket, &m, 0) == 1, "sendmsg");
}

handles receive(int socket) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, space> control{};
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  m.msg_control = control.data();
  m.msg_controllen = control.size();
  support::require(::recvmsg(socket, &m, MSG_CMSG_CLOEXEC) == 1, "recvmsg");
  std::array<int, 2> fds{};
  std::memcpy(fds.data(), CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fds);
  return {fds[0], fds[1]};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(handles_test)

BOOST_AUTO_TEST_CASE(a_channel_without_a_name_is_handed_over_by_a_socket) {
  std::array<int, 2> s{};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, s.data()) == 0);
  support::child reader([&] {
    auto const got = receive(s[1]);
    auto const ch = channel::from_handles(got, {.capacity = 64_KiB});
    ::close(got.header);  // the channel has copies
    ::close(got.data);
    auto sub = ch.subscriber({.start = oldest});
    for (std::uint64_t i = 1; i <= 1000; ++i) {
      auto const m = sub.receive();
      support::require(m && m.sequence() == i && support::verify(m.bytes(), i), "message");
    }
    return sub.receive().status() == status::died ? 0 : 1;
  });
  support::child creator([&] {
    auto const ch = channel::create_anonymous({.capacity = 64_KiB});
    auto pub = ch.publisher();
    send(s[0], ch.native_handles());
    pub.wait_for_subscribers(1);
    for (std::uint64_t i = 1; i <= 1000; ++i) {
      auto room = pub.reserve(i % 3000);
      support::fill(room.bytes(), i);
      room.commit();
    }
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  BOOST_TEST(creator.wait() == -SIGKILL);
  BOOST_TEST(reader.wait() == 0);
  ::close(s[0]);
  ::close(s[1]);
}

BOOST_AUTO_TEST_CASE(it_is_the_same_channel_in_the_same_process_too) {
  auto const before = support::resources::now();
  {
    auto ch = channel::create_anonymous({.kind = kind::stream});
    auto const other = channel::from_handles(ch.native_handles());
    BOOST_TEST(other.info().uuid == ch.info().uuid);
    auto reader = other.stream_reader();
    ch.stream_writer().write(support::bytes_of("same"));
    ch.close();
    BOOST_TEST(support::text_of(reader.data().bytes) == "same");
    auto const again = other.stream_writer();
    support::expect_error(errc::publisher_taken, [&] { other.stream_writer(); });
  }
  BOOST_TEST(support::resources::now() == before);
}

BOOST_AUTO_TEST_CASE(descriptors_of_something_else_are_refused) {
  auto const before = support::resources::now();
  auto const ch = channel::create_anonymous({.capacity = 4096});
  auto const h = ch.native_handles();
  support::expect_error(
      std::error_code(EBADF, std::system_category()), [] { channel::from_handles({}); }, "descriptor");
  support::expect_error(errc::damaged, [&] { channel::from_handles({h.data, h.header}); });
  support::expect_error(errc::damaged, [&] { channel::from_handles({h.header, h.header}); });
  int const file = ::open("/proc/self/exe", O_RDONLY);
  support::expect_error(errc::damaged, [&] { channel::from_handles({file, h.data}); });
  ::close(file);
  support::expect_error(
      errc::mismatch, [&] { channel::from_handles(h, {.capacity = 8192}); }, "expected: capacity 8192");
  support::expect_error(errc::detached, [] { channel().native_handles(); });
  BOOST_TEST(support::resources::now().descriptors == before.descriptors + 2);
}

BOOST_AUTO_TEST_SUITE_END()
