// SPDX-License-Identifier: BSL-1.0
#include "system/regular_file.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>

namespace quoit::sys {

descriptor open_regular(int directory, char const* path, int flags, links l) noexcept {
  descriptor const what(open_at(directory, path, O_PATH | (l == links::refuse ? O_NOFOLLOW : 0)));
  struct stat st {};
  if (!what || sys::fstat(what.get(), &st) != 0) return {};
  if (!S_ISREG(st.st_mode)) {
    errno = S_ISLNK(st.st_mode) ? ELOOP : ENXIO;
    return {};
  }
  std::array<char, 32> again{};
  fmt::format_to_n(again.data(), again.size() - 1, "/proc/self/fd/{}", what.get());
  // O_NONBLOCK: somebody's lease on the file is not waited for.
  descriptor fd(open_at(AT_FDCWD, again.data(), flags | O_NONBLOCK));
  if (!fd && errno == ENOENT) errno = ENOSYS;
  return fd;
}

}  // namespace quoit::sys
