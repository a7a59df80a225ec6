// SPDX-License-Identifier: BSL-1.0
#include "system/process.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "system/calls.hpp"
#include "system/descriptor.hpp"

namespace quoit::sys {

std::uint64_t own_start_time() noexcept {
  descriptor const fd(open_at(AT_FDCWD, "/proc/self/stat", O_RDONLY));
  std::array<char, 1024> buffer{};
  auto const n = fd ? pread(fd.get(), buffer.data(), buffer.size(), 0) : -1;
  if (n <= 0) return 0;
  std::string_view text(buffer.data(), static_cast<std::size_t>(n));
  // Field 2 is the name in parentheses, which may hold anything; the start time is field 22.
  auto at = text.rfind(')');
  for (int field = 2; field < 22 && at != std::string_view::npos; ++field) at = text.find(' ', at + 1);
  std::uint64_t ticks = 0;
  if (at != std::string_view::npos) std::from_chars(text.data() + at + 1, text.data() + text.size(), ticks);
  return ticks;
}

namespace {

std::uint64_t inode_of(char const* path) noexcept {
  struct stat st {};
  return fstat_at(AT_FDCWD, path, &st, 0) == 0 ? st.st_ino : 0;
}

}  // namespace

std::uint64_t own_pid_namespace() noexcept { return inode_of("/proc/self/ns/pid"); }

std::uint64_t own_ipc_namespace() noexcept { return inode_of("/proc/self/ns/ipc"); }

std::string program_name() {
  descriptor const fd(open_at(AT_FDCWD, "/proc/self/comm", O_RDONLY));
  std::array<char, 64> buffer{};
  auto const n = fd ? pread(fd.get(), buffer.data(), buffer.size(), 0) : -1;
  if (n <= 1) return "unknown";
  return {buffer.data(), static_cast<std::size_t>(n - 1)};
}

}  // namespace quoit::sys
