// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

#include "registry/directory.hpp"
#include "segment/layout.hpp"
#include "system/no_fork.hpp"

/// \file
/// A keeper's socket is a file beside the registry file: `.UUID.keeper-NUMBER`, of the channel and random. It has that
/// name only while its keeper listens, or after its death; then it refuses connections for ever, as no name is used
/// twice. So anybody may delete one that refuses, and a channel may have several keepers.
///
/// Who connects says nothing. The keeper answers with one message, to which the descriptors are attached.

namespace quoit::registry {

enum class verdict : std::uint32_t {
  refused = 0,     ///< The channel's mode does not let this user in.
  read_write = 1,  ///< Header and data.
  read = 2,        ///< The same, to be read only.
  busy = 3,        ///< Too many of this user have not taken their answers yet: ask again.
  unable = 4,      ///< The keeper has lost its own descriptors.
};

inline constexpr std::uint64_t answer_magic = 0x31'50'45'45'4B'54'4F'51;  // "QOTKEEP1"

struct keeper_answer {
  std::uint64_t magic;
  verdict what;
  std::uint32_t pad;
};
static_assert(sizeof(keeper_answer) == 16);

/// A socket of that kind which listens. A fork child closes it, and must not call its destructor.
class keeper_socket {
 public:
  /// `mode`: of the registry file. If that is for its owner alone, so is the socket.
  keeper_socket(directory dir, segment::uuid const& channel, mode_t mode);
  keeper_socket(keeper_socket const&) = delete;
  keeper_socket& operator=(keeper_socket const&) = delete;
  ~keeper_socket();

  int fd() const noexcept { return socket_.get(); }
  /// Whether nobody has closed it over our heads.
  bool is_open() const noexcept { return sys::is_file(socket_.get(), socket_.id()); }
  std::string path() const { return dir_.path_of(name_); }

 private:
  directory dir_;
  std::string name_;
  sys::unshared_descriptor socket_;
};

/// Whether a file of the registry directory is called as a keeper's socket; or as one of this channel that listens.
bool is_keeper(std::string const& file) noexcept;
bool is_keeper_of(std::string const& file, segment::uuid const& channel);

/// Deletes it if it is a socket of this user that refuses connections.
void sweep_keeper(directory const& dir, std::string const& file);

}  // namespace quoit::registry
