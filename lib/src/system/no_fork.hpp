// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>

#include "system/descriptor.hpp"
#include "system/fork_mark.hpp"

/// \file
/// What a fork must not catch half done, and what a fork child must not keep.
///
/// A handler of pthread_atfork waits for the mutex here, so that no child is born while a descriptor is open that
/// holds a lock, or while a shared mapping is not yet kept from children. It also closes the registered descriptors in
/// the child: else a child that lives on would keep the memory of a channel that everybody has left. A
/// vfork or a raw clone runs no handlers; such a child is expected to exec at once.

namespace quoit::sys {

/// No fork of this process takes place while one of these is alive. Not recursive.
class no_fork {
 public:
  no_fork();
  no_fork(no_fork const&) = delete;
  no_fork& operator=(no_fork const&) = delete;

 private:
  std::lock_guard<std::mutex> lock_;
};

/// A descriptor that a fork child closes by itself. Its destructor closes it in this process only, and only if the
/// number still means the same file (somebody may have closed it over our heads).
class unshared_descriptor {
 public:
  explicit unshared_descriptor(descriptor fd);
  unshared_descriptor(unshared_descriptor&& other) noexcept;
  unshared_descriptor& operator=(unshared_descriptor&&) = delete;
  ~unshared_descriptor();

  /// The number is somebody else's by now: it is not closed, neither here nor in a child.
  void forget() noexcept;

  int get() const noexcept { return fd_; }
  file_id id() const noexcept { return id_; }

 private:
  int fd_;
  file_id id_;
  mark mark_;
};

}  // namespace quoit::sys
