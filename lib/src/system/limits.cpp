// SPDX-License-Identifier: BSL-1.0
#include "system/limits.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "system/fail.hpp"

namespace quoit::sys {

namespace {

std::optional<std::uint64_t> number_in(std::string const& path) {
  std::ifstream in(path);
  std::string word;
  if (!(in >> word)) return {};
  std::uint64_t value = 0;
  auto const [end, ec] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (ec != std::errc() || end != word.data() + word.size()) return {};  // "max"
  return value;
}

std::optional<std::uint64_t> mem_available(std::string const& root) {
  std::ifstream in(root + "/proc/meminfo");
  std::string key;
  std::uint64_t kib = 0;
  std::string rest;
  while (in >> key >> kib && std::getline(in, rest)) {
    if (key == "MemAvailable:") return kib * 1024;
  }
  return {};
}

void tighten(memory_limit& limit, std::optional<std::uint64_t> maximum, std::optional<std::uint64_t> used,
             std::string const& what) {
  if (!maximum || !used) return;
  auto const left = *maximum > *used ? *maximum - *used : 0;
  if (left < limit.available) limit = {left, what};
}

/// What a group could give back at once: page cache that nobody has used lately. It counts as used.
std::uint64_t reclaimable(std::string const& folder, std::string const& key) {
  std::ifstream in(folder + "memory.stat");
  std::string name;
  std::uint64_t value = 0;
  while (in >> name >> value) {
    if (name == key) return value;
  }
  return 0;
}

struct group_files {
  char const* maximum;
  char const* used;
  char const* cache;
};

/// A group is bounded by its own limit and by those of all groups above it.
void tighten_up(memory_limit& limit, std::string const& mount, std::string group, group_files const& files) {
  for (;;) {
    auto const folder = mount + group + (group.ends_with('/') ? "" : "/");
    if (auto used = number_in(folder + files.used)) {
      *used -= std::min(*used, reclaimable(folder, files.cache));
      tighten(limit, number_in(folder + files.maximum), used, folder + files.maximum);
    }
    auto const slash = group.find_last_of('/');
    if (group.size() <= 1 || slash == std::string::npos) return;
    group.resize(std::max<std::size_t>(slash, 1));
  }
}

std::uint64_t address_space_used() {
  return number_in("/proc/self/statm").value_or(0) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

[[noreturn]] void refuse(std::string const& found, std::uint64_t wanted, std::string advice) {
  fail(errc::no_memory, {.doing = "take memory",
                         .expected = fmt::format("room for {} bytes", wanted),
                         .found = found,
                         .advice = std::move(advice)});
}

}  // namespace

memory_limit available_memory(std::string const& root) {
  memory_limit limit;
  if (auto const m = mem_available(root)) limit = {*m, "MemAvailable of /proc/meminfo"};
  std::ifstream groups(root + "/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {  // "4:memory:/a/b" (version 1) or "0::/a/b" (version 2)
    auto const first = line.find(':');
    auto const second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    auto const controllers = line.substr(first + 1, second - first - 1);
    auto const group = line.substr(second + 1);
    if (controllers.empty()) {
      tighten_up(limit, root + "/sys/fs/cgroup", group, {"memory.max", "memory.current", "inactive_file"});
    } else if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      tighten_up(limit, root + "/sys/fs/cgroup/memory", group,
                 {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"});
    }
  }
  return limit;
}

void require_memory(std::uint64_t shared, std::uint64_t largest, std::uint64_t mapped) {
  rlimit file{};
  if (::getrlimit(RLIMIT_FSIZE, &file) == 0 && file.rlim_cur != RLIM_INFINITY && largest > file.rlim_cur) {
    refuse(fmt::format("RLIMIT_FSIZE of {} bytes", file.rlim_cur), largest, "raise it (ulimit -f) or ask for less");
  }
  rlimit space{};
  if (::getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) {
    auto const used = address_space_used();
    if (used > space.rlim_cur || mapped > space.rlim_cur - used) {
      refuse(fmt::format("RLIMIT_AS of {} bytes, {} of them used", space.rlim_cur, used), mapped,
             "raise it (ulimit -v) or ask for less; a ring takes twice its capacity of address space");
    }
  }
  if (shared == 0) return;
  auto const memory = available_memory();
  if (shared > memory.available) {
    refuse(fmt::format("{} bytes left by {}", memory.available, memory.what), shared, "ask for a smaller capacity");
  }
}

}  // namespace quoit::sys
