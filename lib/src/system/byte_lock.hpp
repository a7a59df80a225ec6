// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

#include "system/descriptor.hpp"
#include "system/fork_mark.hpp"

/// \file
/// Liveness by the kernel: a lock on a byte range of a file that lives exactly as long as this process's address
/// space, or until it is released.
///
/// open -> F_OFD_SETLK -> mmap one page PROT_NONE, shared -> MADV_DONTFORK -> close. The mapping alone keeps the open
/// file description, and so the lock: no stray close() drops it, a fork child does not inherit it, exec and SIGKILL
/// release it, a stopped process keeps it. A fork between open and close would duplicate the descriptor, so no
/// fork takes place in between (no_fork.hpp).

namespace quoit::sys {

struct byte_range {
  std::uint64_t first = 0;
  std::uint64_t count = 1;
};

/// Holds such a lock. Move only. In a fork child its destructor does nothing.
class byte_lock {
 public:
  byte_lock() noexcept = default;
  byte_lock(byte_lock&& other) noexcept { swap(other); }
  byte_lock& operator=(byte_lock&& other) noexcept {
    swap(other);
    return *this;
  }
  ~byte_lock() { release(); }

  /// Tries to lock `range` of the file behind the descriptor `fd`, through an open file description of its own.
  /// Returns an empty lock if somebody else has a byte of it. Throws if a call fails for another reason.
  /// With `expected`, throws `errc::detached` if the number means another file by now.
  static byte_lock try_lock(int fd, byte_range range, file_id const* expected = nullptr);

  explicit operator bool() const noexcept { return page_ != nullptr; }

  /// Gives it back. True if it was held, and by this process (in a fork child it is not). Idempotent.
  bool release() noexcept;

 private:
  byte_lock(void* page, mark m) noexcept : page_(page), mark_(m) {}
  void swap(byte_lock& other) noexcept;

  void* page_ = nullptr;
  mark mark_ = 0;
};

/// What a probe says. `unknown`: the kernel refused to answer; treat it as alive and ask again later.
enum class lock_state : std::uint8_t { free, held, unknown };

/// Whether anybody else's open file description has such a lock on a byte of `range`. `fd` must hold none itself. Locks
/// for reading, which those can take who may only read the file, do not count; they bar try_lock, though.
lock_state probe(int fd, byte_range range) noexcept;

}  // namespace quoit::sys
