// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <sys/types.h>

#include "system/descriptor.hpp"

/// \file
/// Sockets of the Unix domain that have a name in a directory: messages keep their bounds, descriptors come along, and
/// the kernel says who is at the other end. Nothing here waits.

namespace quoit::sys {

/// What stands for every user and group that this user namespace has no number for.
inline constexpr uid_t nobody_here = 65534;

/// Who made the other end: who connected, or who listened. As of then.
struct credentials {
  uid_t user = nobody_here;
  gid_t group = nobody_here;
  pid_t pid = 0;              ///< 0: it is of a pid namespace that cannot be seen from here.
  std::vector<gid_t> groups;  ///< The supplementary ones.
};

/// Gives a socket a name in that directory: 0, or -1 and errno. The name may be as long as a file's.
int bind_in(int directory, std::string const& name, int socket) noexcept;

/// Connects to that name. EAGAIN: so many have connected that it would have to wait.
int connect_in(int directory, std::string const& name, int socket) noexcept;

/// -1 and errno, if the kernel does not say.
int peer_of(int socket, credentials& who);

/// One message with these descriptors, two at most. False, with errno: it was not sent.
bool send_with(int socket, std::span<std::byte const> message, std::span<int const> descriptors) noexcept;

struct received {
  ssize_t bytes = -1;                   ///< Of the message; 0: the other end is closed; -1, with errno: nothing yet.
  std::vector<descriptor> descriptors;  ///< As many as came, whatever was expected.
  bool is_cut = false;                  ///< There was more than there was room for.
};

/// The next message, at most as long as `into`, with four descriptors at most.
received receive_with(int socket, std::span<std::byte> into);

}  // namespace quoit::sys
