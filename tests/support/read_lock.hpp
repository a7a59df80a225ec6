// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "child.hpp"

namespace support {

/// A lock for reading on bytes of a file, as somebody can take it who may do no more than read the file.
class read_lock {
 public:
  read_lock(std::string const& path, off_t first, off_t count) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct flock l {};
    l.l_type = F_RDLCK;
    l.l_whence = SEEK_SET;
    l.l_start = first;
    l.l_len = count;
    require(fd_ >= 0 && ::fcntl(fd_, F_OFD_SETLK, &l) == 0, "a lock for reading on " + path);
  }
  read_lock(int file, off_t first, off_t count) : read_lock("/proc/self/fd/" + std::to_string(file), first, count) {}
  read_lock(read_lock const&) = delete;
  read_lock& operator=(read_lock const&) = delete;
  ~read_lock() { ::close(fd_); }

 private:
  int fd_;
};

}  // namespace support
