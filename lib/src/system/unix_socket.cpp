// SPDX-License-Identifier: BSL-1.0
#include "system/unix_socket.hpp"

#include <array>
#include <cstring>

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <fmt/format.h>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

namespace quoit::sys {

namespace {

constexpr std::size_t most_sent = 2;
constexpr std::size_t most_received = 4;

/// An address has room for 108 bytes, which a path may exceed: so the directory goes by its descriptor.
template <class F>
int with_address(int directory, std::string const& name, F&& f) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  auto const end =
      fmt::format_to_n(address.sun_path, sizeof address.sun_path - 1, "/proc/self/fd/{}/{}", directory, name);
  if (end.size >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return f(reinterpret_cast<sockaddr const*>(&address), static_cast<socklen_t>(sizeof address));
}

}  // namespace

int bind_in(int directory, std::string const& name, int socket) noexcept {
  return with_address(directory, name, [&](auto const* to, socklen_t size) { return sys::bind(socket, to, size); });
}

int connect_in(int directory, std::string const& name, int socket) noexcept {
  return with_address(directory, name, [&](auto const* to, socklen_t size) { return sys::connect(socket, to, size); });
}

int peer_of(int socket, credentials& who) {
  ucred id{};
  socklen_t size = sizeof id;
  if (get_socket_option(socket, SO_PEERCRED, &id, &size) != 0) return -1;
  who = {id.uid, id.gid, id.pid, {}};
  size = 0;
  // The first call tells how much room is needed. None, or a kernel that does not tell: no supplementary groups.
  if (get_socket_option(socket, SO_PEERGROUPS, nullptr, &size) == 0 || errno != ERANGE) return 0;
  who.groups.resize(size / sizeof(gid_t));
  if (get_socket_option(socket, SO_PEERGROUPS, who.groups.data(), &size) != 0) who.groups.clear();
  return 0;
}

bool send_with(int socket, std::span<std::byte const> message, std::span<int const> descriptors) noexcept {
  iovec part{const_cast<std::byte*>(message.data()), message.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most_sent * sizeof(int))> control{};
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  if (!descriptors.empty()) {
    auto const bytes = descriptors.size_bytes();
    m.msg_control = control.data();
    m.msg_controllen = CMSG_SPACE(bytes);
    auto* const c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(c), descriptors.data(), bytes);
  }
  return sys::send_message(socket, &m) == static_cast<ssize_t>(message.size());
}

received receive_with(int socket, std::span<std::byte> into) {
  received r;
  r.descriptors.reserve(most_received);
  iovec part{into.data(), into.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most_received * sizeof(int))> control{};
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  m.msg_control = control.data();
  m.msg_controllen = control.size();
  r.bytes = sys::receive_message(socket, &m);
  if (r.bytes < 0) return r;
  for (auto* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    auto const count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      r.descriptors.emplace_back(fd);
    }
  }
  r.is_cut = (m.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0;
  return r;
}

}  // namespace quoit::sys
