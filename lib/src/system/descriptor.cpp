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

bool is_same_description(int a, int b) noexcept {
  int const answer = sys::compare_files(a, b);
  if (answer >= 0) return answer == 0;
  struct stat of_a {};
  struct stat of_b {};
  return errno != EBADF && sys::fstat(a, &of_a) == 0 && sys::fstat(b, &of_b) == 0 &&
         file_id{of_a.st_dev, of_a.st_ino} == file_id{of_b.st_dev, of_b.st_ino};
}

}  // namespace quoit::sys
