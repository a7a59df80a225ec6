// SPDX-License-Identifier: BSL-1.0
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <iostream>
#include <quoit/quoit.hpp>
#include <span>
#include <string_view>
#include <system_error>

using namespace quoit::literals;
using namespace std::string_view_literals;

namespace {

/// One byte, and room for two descriptors beside it.
struct letter {
  char byte = 'q';
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
  msghdr header{};

  letter() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
};

void send(int socket, quoit::handles const& handles) {
  letter l;
  auto* const rights = CMSG_FIRSTHDR(&l.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(2 * sizeof(int));
  std::memcpy(CMSG_DATA(rights), &handles, 2 * sizeof(int));
  if (::sendmsg(socket, &l.header, 0) != 1) throw std::system_error(errno, std::generic_category(), "sendmsg");
}

quoit::handles receive(int socket) {
  letter l;
  if (::recvmsg(socket, &l.header, MSG_CMSG_CLOEXEC) != 1) {
    throw std::system_error(errno, std::generic_category(), "recvmsg");
  }
  auto const* const rights = CMSG_FIRSTHDR(&l.header);
  quoit::handles handles;  // -1, which from_handles refuses
  if (rights != nullptr && rights->cmsg_len == CMSG_LEN(2 * sizeof(int))) {
    std::memcpy(&handles, CMSG_DATA(rights), 2 * sizeof(int));
  }
  return handles;
}

/// The one who has only the socket.
void be_client(int socket) {
  auto const handles = receive(socket);
  auto const channel = quoit::channel::from_handles(handles, {.backing = quoit::backing::memfd});
  ::close(handles.header);  // the channel has copies
  ::close(handles.data);
  auto subscriber = channel.subscriber({.start = quoit::oldest});
  for (auto message = subscriber.receive();; message = subscriber.receive()) {
    auto const bytes = message.bytes();
    if (!message) break;
    std::cout << "client: " << std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size()) << '\n';
  }
}

}  // namespace

int main() try {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets.data()) != 0) return 1;
  auto const client = ::fork();
  if (client == 0) {
    be_client(sockets[1]);
    return 0;
  }
  auto const channel = quoit::channel::create_anonymous({.capacity = 64_KiB});  // in no directory
  auto publisher = channel.publisher();
  send(sockets[0], channel.native_handles());
  publisher.publish(std::as_bytes(std::span("for your eyes only"sv)));
  publisher.close();
  ::waitpid(client, nullptr, 0);
} catch (std::exception const& e) {
  std::cerr << "handover: " << e.what() << '\n';
  return 1;
}
