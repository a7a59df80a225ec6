// SPDX-License-Identifier: BSL-1.0
#include "proc_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace example {

namespace {

/// The number at the start of `text`, 0 if there is none.
template <class Number>
Number number_at(std::string_view text) noexcept {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The number behind `label` in the lines of `text`.
std::uint64_t number_behind(std::string_view text, std::string_view label) noexcept {
  auto const at = text.find(label);
  return at == std::string_view::npos ? 0 : number_at<std::uint64_t>(text.substr(at + label.size()));
}

bool is_pid(std::string_view name) noexcept {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t setting(int name, long otherwise) noexcept {
  long const value = ::sysconf(name);
  return static_cast<std::uint64_t>(value > 0 ? value : otherwise);
}

}  // namespace

proc_reader::proc_reader()
    : directory_(::opendir("/proc")),
      ns_per_tick_(1'000'000'000 / setting(_SC_CLK_TCK, 100)),
      page_size_(setting(_SC_PAGESIZE, 4096)) {
  if (!directory_) throw std::system_error(errno, std::system_category(), "cannot open /proc");
}

void proc_reader::rewind() noexcept { ::rewinddir(directory_.get()); }

bool proc_reader::next() noexcept {
  while (dirent const* entry = ::readdir(directory_.get())) {
    std::string_view const pid = entry->d_name;
    if (!is_pid(pid)) continue;
    process_ = {};
    process_.pid = number_at<std::int32_t>(pid);
    if (!take_stat(read(pid, "stat"))) continue;
    take_io(read(pid, "io"));
    return true;
  }
  return false;
}

std::string_view proc_reader::read(std::string_view pid, std::string_view file) noexcept {
  std::array<char, 64> path{};
  auto const end = fmt::format_to_n(path.data(), path.size() - 1, "{}/{}", pid, file);
  if (end.size >= path.size()) return {};
  int const fd = ::openat(::dirfd(directory_.get()), path.data(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  auto const got = ::read(fd, text_.data(), text_.size());
  ::close(fd);
  return {text_.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

// "PID (NAME) STATE PPID ...": the name may hold blanks and brackets itself, so it ends at the last bracket of all.
// The fields behind it are counted as in proc(5), where STATE is the third.
bool proc_reader::take_stat(std::string_view text) noexcept {
  auto const open = text.find('(');
  auto const close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;

  auto const name = text.substr(open + 1, close - open - 1).substr(0, max_name_size);
  std::copy(name.begin(), name.end(), name_bytes_.begin());
  name_ = {name_bytes_.data(), name.size()};

  std::uint64_t ticks = 0;
  std::size_t at = close + 1;
  for (int field = 3; field <= 24; ++field) {
    at = text.find_first_not_of(' ', at);
    if (at == std::string_view::npos) return false;
    auto const rest = text.substr(at);
    switch (field) {
      case 3: process_.state = rest.front(); break;
      case 14:
      case 15: ticks += number_at<std::uint64_t>(rest); break;
      case 20: process_.threads = number_at<std::uint32_t>(rest); break;
      case 22: process_.started = number_at<std::uint64_t>(rest); break;
      case 24: process_.resident = number_at<std::uint64_t>(rest) * page_size_; break;
      default: break;
    }
    at = text.find(' ', at);
    if (at == std::string_view::npos) return false;
  }
  process_.cpu_ns = ticks * ns_per_tick_;
  return true;
}

void proc_reader::take_io(std::string_view text) noexcept {
  if (text.empty()) return;
  process_.io_known = 1;
  process_.read_bytes = number_behind(text, "\nread_bytes: ");
  process_.written_bytes = number_behind(text, "\nwrite_bytes: ");
}

}  // namespace example
