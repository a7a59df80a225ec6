// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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
  /// Who waits so wants calls that do not: from now on they move what can be moved at once, where the kernel knows how.
  bool wait_ready(std::int64_t ns) noexcept;

  /// One read(2) or write(2). ok: `count` bytes were moved, at least one; interrupted: EINTR, before any was, or ready
  /// no more: try again; end_of_file, would_block, failed. No bytes to be moved: ok. Raises no SIGPIPE.
  transfer read_some(std::span<std::byte> into) noexcept;
  transfer write_some(std::span<std::byte const> bytes) noexcept;

 private:
  transfer failure() noexcept;
  std::int64_t write_once(std::span<std::byte const> bytes) noexcept;

  int fd_;
  use use_;
  bool blocks_ = false;
  bool is_file_ = false;
  bool at_once_ = false;  // by RWF_NOWAIT
  bool polled_ = false;
  int false_alarms_ = 0;
};

}  // namespace quoit::sys
