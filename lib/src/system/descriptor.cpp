// SPDX-License-Identifier: BSL-1.0
#include "system/descriptor.hpp"

#include "system/fail.hpp"

namespace quoit::sys {

file_id identify(int fd) {
  struct stat st {};
  if (sys::fstat(fd, &st) != 0) fail_errno({.doing = "look at a descriptor (fstat)"});
  return {st.st_dev, st.st_ino};
}

bool is_file(int fd, file_id id) noexcept {
  struct stat st {};
  return sys::fstat(fd, &st) == 0 && file_id{st.st_dev, st.st_ino} == id;
}

bool is_not_file(int fd, file_id id) noexcept {
  struct stat st {};
  if (sys::fstat(fd, &st) != 0) return errno == EBADF;
  return file_id{st.st_dev, st.st_ino} != id;
}

}  // namespace quoit::sys
