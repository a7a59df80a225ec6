// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <utility>

#include "system/calls.hpp"

namespace quoit::sys {

/// Owns a file descriptor. "No file" is -1. Move only.
class descriptor {
 public:
  descriptor() noexcept = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  void reset() noexcept {
    if (fd_ < 0) return;
    int const saved = errno;
    close(std::exchange(fd_, -1));
    errno = saved;
  }

  /// Forgets the number without closing it: in a fork child it may already mean something else.
  void forget() noexcept { fd_ = -1; }

 private:
  int fd_ = -1;
};

/// Tells a file or memory object from every other of this machine.
struct file_id {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(file_id const&) const = default;
};

/// What is behind a descriptor. Throws `quoit::error`.
file_id identify(int fd);

/// Whether this number certainly means this file.
bool is_file(int fd, file_id id) noexcept;

/// Whether this number certainly does not mean this file (any more).
bool is_not_file(int fd, file_id id) noexcept;

/// Whether both numbers mean one open file description, as after dup(2). Where the kernel does not tell (kcmp(2)): one
/// file.
bool is_same_description(int a, int b) noexcept;

}  // namespace quoit::sys
