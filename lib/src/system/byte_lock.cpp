// SPDX-License-Identifier: BSL-1.0
#include "system/byte_lock.hpp"

#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "system/calls.hpp"
#include "system/descriptor.hpp"
#include "system/fail.hpp"
#include "system/no_fork.hpp"
#include "system/page.hpp"

namespace quoit::sys {

namespace {

struct flock as_flock(short type, byte_range range) noexcept {
  struct flock l {};
  l.l_type = type;
  l.l_whence = SEEK_SET;
  l.l_start = static_cast<off_t>(range.first);
  l.l_len = static_cast<off_t>(range.count);
  return l;
}

}  // namespace

byte_lock byte_lock::try_lock(int fd, byte_range range, file_id const* expected) {
  auto const m = own_mark();
  no_fork const guard;
  auto const path = fmt::format("/proc/self/fd/{}", fd);
  descriptor const own(open_at(AT_FDCWD, path.c_str(), O_RDWR));
  if (!own) fail_errno({.doing = "open a lock file again", .path = path});
  if (expected != nullptr && !is_file(own.get(), *expected)) {
    fail(errc::detached, {.doing = "lock",
                          .path = path,
                          .found = "another file: somebody has closed the library's descriptors",
                          .advice = "open the channel after closing descriptors (closefrom), not before"});
  }
  auto l = as_flock(F_WRLCK, range);
  if (lock(own.get(), F_OFD_SETLK, &l) != 0) {
    if (errno == EAGAIN || errno == EACCES) return {};
    fail_errno({.doing = "lock", .path = path});
  }
  void* const page = map_file(page_size(), PROT_NONE, MAP_SHARED, own.get());
  if (page == MAP_FAILED) fail_errno({.doing = "map a lock file", .path = path});
  if (madvise(page, page_size(), MADV_DONTFORK) != 0) {
    int const e = errno;
    unmap(page, page_size());
    fail_errno(e, {.doing = "keep a lock from fork children (MADV_DONTFORK)", .path = path});
  }
  return {page, m};
}

bool byte_lock::release() noexcept {
  void* const page = std::exchange(page_, nullptr);
  if (page == nullptr || !is_own(mark_)) return false;
  unmap(page, page_size());
  return true;
}

void byte_lock::swap(byte_lock& other) noexcept {
  std::swap(page_, other.page_);
  std::swap(mark_, other.mark_);
}

lock_state probe(int fd, byte_range range) noexcept {
  // One for reading would be in the way of locks for writing alone, and there are no others of ours: who may only read
  // the file can take locks for reading, which say nothing.
  auto l = as_flock(F_RDLCK, range);
  if (lock(fd, F_OFD_GETLK, &l) != 0) return lock_state::unknown;
  return l.l_type == F_UNLCK ? lock_state::free : lock_state::held;
}

}  // namespace quoit::sys
