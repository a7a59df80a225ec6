// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <signal.h>

#include "quoit/transfer.hpp"

/// \file
/// A descriptor that belongs to the user and may be anything: a file, pipe, socket, terminal, or closed.

namespace quoit::sys {

class fd_port {
 public:
  enum class use : bool { read, write };

  fd_port(int fd, use u) noexcept;

  /// Whether it waits by itself when nothing can be moved. False for one that cannot be used: then the next call tells.
  bool blocks() const noexcept { return blocks_; }

  /// Waits until something can be moved (or a call would tell why not), at most for so long. False: not yet.
  bool wait_ready(std::int64_t ns) noexcept;

  /// One read(2) or write(2). ok: `count` bytes were moved, at least one; interrupted: EINTR, before any was;
  /// end_of_file, would_block, failed. No bytes to be moved: ok.
  transfer read_some(std::span<std::byte> into) noexcept;
  transfer write_some(std::span<std::byte const> bytes) noexcept;

 private:
  int fd_;
  use use_;
  bool blocks_;
};

/// While it lives, writing to a pipe or socket that nobody reads raises no SIGPIPE in this thread.
class no_sigpipe {
 public:
  no_sigpipe() noexcept;
  no_sigpipe(no_sigpipe const&) = delete;
  no_sigpipe& operator=(no_sigpipe const&) = delete;
  ~no_sigpipe();

 private:
  sigset_t before_{};
  bool was_pending_;
};

}  // namespace quoit::sys
