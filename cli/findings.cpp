// SPDX-License-Identifier: BSL-1.0
#include "findings.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>
#include <quoit/channel.hpp>

#include "human.hpp"

namespace cli {

namespace {

using rank = finding::rank;

constexpr long futex_waitv_number = 449;  // the same on all architectures; older headers do not name it
constexpr std::uint64_t little_room = 64U << 20U;
constexpr std::uint64_t few_descriptors = 256;

std::string first_line(std::string const& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// A number of /proc/meminfo, as it stands there.
std::uint64_t meminfo(std::string const& key) {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return std::strtoull(line.c_str() + key.size() + 1, nullptr, 10);
  }
  return 0;
}

std::string limit_of(rlim_t n) { return n == RLIM_INFINITY ? "unlimited" : std::to_string(n); }

std::string registry_path() {
  auto const* const named = std::getenv("QUOIT_RUNTIME_DIR");
  return named != nullptr && *named != '\0' ? named : fmt::format("/dev/shm/quoit-{}", ::geteuid());
}

finding memfd_and_seals() {
  int const fd = ::memfd_create("quoit-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return {"memfd", rank::problem, std::strerror(errno), "use Linux 3.17 or newer, or --backing file"};
  bool const sealed = ::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
  ::close(fd);
  if (!sealed) return {"memfd", rank::problem, "no seals", "allow fcntl(F_ADD_SEALS) in the sandbox"};
  return {"memfd", rank::good, "with seals", ""};
}

finding unnamed_files() {
  auto const path = registry_path();
  int const fd = ::open(path.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  int const e = errno;
  if (fd >= 0) ::close(fd);
  if (fd >= 0 || e == ENOENT) return {"O_TMPFILE", rank::good, "in " + path, ""};
  return {"O_TMPFILE", rank::problem, fmt::format("not in {}: {}", path, std::strerror(e)),
          "set QUOIT_RUNTIME_DIR to a directory on tmpfs, ext4, xfs or btrfs"};
}

finding byte_locks() {
  int const fd = ::memfd_create("quoit-doctor", MFD_CLOEXEC);
  struct flock l {};
  l.l_type = F_WRLCK;
  l.l_len = 1;
  bool const works = fd >= 0 && ::fcntl(fd, F_OFD_SETLK, &l) == 0;
  if (fd >= 0) ::close(fd);
  if (works) return {"locks", rank::good, "of open file descriptions", ""};
  return {"locks", rank::problem, "none of open file descriptions", "allow fcntl(F_OFD_SETLK) in the sandbox"};
}

finding futex_waitv() {
  bool const there = ::syscall(futex_waitv_number, nullptr, 0, 0, nullptr, 0) == 0 || errno != ENOSYS;
  if (there) return {"futex_waitv", rank::good, "there", ""};
  return {"futex_waitv", rank::note, "not there", "nothing, or Linux 5.16 to wait for several channels at once"};
}

finding membarrier() {
  auto const commands = ::syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
  if (commands >= 0 && (commands & MEMBARRIER_CMD_GLOBAL_EXPEDITED) != 0)
    return {"membarrier", rank::good, "expedited", ""};
  return {"membarrier", rank::note, "not expedited", "nothing: publishers fence for themselves"};
}

finding shared_memory_room() {
  struct statvfs s {};
  if (::statvfs("/dev/shm", &s) != 0) {
    return {"/dev/shm", rank::problem, std::strerror(errno), "mount a tmpfs there, or set QUOIT_RUNTIME_DIR"};
  }
  auto const left = static_cast<std::uint64_t>(s.f_bavail) * s.f_frsize;
  auto const text =
      fmt::format("{} of {} free", as_bytes(left), as_bytes(static_cast<std::uint64_t>(s.f_blocks) * s.f_frsize));
  if (left >= little_room) return {"/dev/shm", rank::good, text, ""};
  return {"/dev/shm", rank::note, text,
          "for channels in files there: mount -o remount,size=1G /dev/shm (docker run --shm-size=1g)"};
}

finding memory_room() {
  auto const left = meminfo("MemAvailable") * 1024;
  if (left >= little_room) return {"memory", rank::good, as_bytes(left) + " available", ""};
  return {"memory", rank::note, as_bytes(left) + " available", "end something, or create smaller channels"};
}

finding huge_pages() {
  auto const total = meminfo("HugePages_Total");
  auto const free = meminfo("HugePages_Free");
  auto const transparent = first_line("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
  auto const text = fmt::format("{} of {} free in the pool; transparent ones of shared memory: {}", free, total,
                                transparent.empty() ? "unknown" : transparent);
  if (total > 0) return {"huge pages", rank::good, text, ""};
  return {"huge pages", rank::note, text,
          "for --backing hugetlb: sysctl vm.nr_hugepages=64; else echo advise > "
          "/sys/kernel/mm/transparent_hugepage/shmem_enabled"};
}

finding limit(char const* what, int which, std::uint64_t least, rank worst, std::string const& advice) {
  rlimit l{};
  ::getrlimit(static_cast<__rlimit_resource_t>(which), &l);
  auto const text = limit_of(l.rlim_cur);
  if (l.rlim_cur >= least) return {what, rank::good, text, ""};
  return {what, worst, text, advice};
}

finding registry() {
  try {
    auto const n = quoit::channel::list().size();
    return {"registry", rank::good, fmt::format("{}, {} names", registry_path(), n), ""};
  } catch (quoit::error const& e) {
    return {"registry", rank::problem, e.what(), e.facts().advice};
  }
}

finding proc() {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    if (line.find(" /proc proc ") == std::string::npos) continue;
    auto const at = line.find("hidepid=");
    if (at == std::string::npos || line.compare(at + 8, 1, "0") == 0)
      return {"/proc", rank::good, "shows all processes", ""};
    return {"/proc", rank::note, line.substr(at, line.find_first_of(", ", at) - at),
            "channels of other users are reached through keepers alone (quoit hold --keeper); to see their processes: "
            "mount -o remount,hidepid=0 /proc"};
  }
  return {"/proc", rank::problem, "not mounted", "mount it: channels in memory are reached through it"};
}

finding name_space(char const* kind, char const* advice) {
  std::error_code none;
  auto const own = std::filesystem::read_symlink(fmt::format("/proc/self/ns/{}", kind), none).string();
  auto const first = std::filesystem::read_symlink(fmt::format("/proc/1/ns/{}", kind), none).string();
  auto const what = fmt::format("{} namespace", kind);
  if (first.empty()) return {what, rank::good, own + " (that of process 1 is not shown)", ""};
  if (own == first) return {what, rank::good, own, ""};
  return {what, rank::note, fmt::format("{}, process 1 is in {}", own, first), advice};
}

finding remove_ipc() {
  std::vector<std::string> files{"/etc/systemd/logind.conf"};
  std::error_code none;
  for (auto const& e : std::filesystem::directory_iterator("/etc/systemd/logind.conf.d", none))
    files.push_back(e.path());
  std::string value = std::filesystem::exists("/run/systemd/system", none) ? "yes (the default)" : "no logind here";
  for (auto const& path : files) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("RemoveIPC=")) value = line.substr(10);
    }
  }
  if (!value.starts_with("yes") || ::geteuid() < 1000) return {"RemoveIPC", rank::good, value, ""};
  return {"RemoveIPC", rank::note, value,
          "it deletes a user's files in /dev/shm and System V segments at logout: RemoveIPC=no in "
          "/etc/systemd/logind.conf, or run services as a system user"};
}

}  // namespace

std::vector<finding> find_in_kernel() {
  return {memfd_and_seals(), unnamed_files(), byte_locks(), futex_waitv(), membarrier()};
}

std::vector<finding> find_room() {
  return {memory_room(),
          shared_memory_room(),
          huge_pages(),
          limit("file size limit", RLIMIT_FSIZE, RLIM_INFINITY, rank::note,
                "ulimit -f unlimited: a channel cannot be larger"),
          limit("descriptor limit", RLIMIT_NOFILE, few_descriptors, rank::note, "ulimit -n 1024"),
          limit("locked memory limit", RLIMIT_MEMLOCK, little_room, rank::note,
                "for mapping_options::lock: ulimit -l unlimited")};
}

std::vector<finding> find_visibility() {
  return {
      registry(), proc(),
      name_space("pid",
                 "channels in memory are reached from another pid namespace through a keeper (quoit hold --keeper), "
                 "or in a file, or not at all; or share it (docker run --pid=host)"),
      name_space("ipc", "System V channels are not reached from another one (docker run --ipc=host)"), remove_ipc()};
}

std::vector<finding> find_speed() {
  std::vector<finding> all;
  auto const clock = first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  bool const fast = clock == "tsc" || clock == "kvm-clock" || clock == "arch_sys_counter" || clock.empty();
  all.push_back({"clock source", fast ? rank::good : rank::note, clock.empty() ? "unknown" : clock,
                 fast ? "" : "time stamps cost a system call each: boot with clocksource=tsc, or do without them"});
  auto const governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  bool const steady = governor.empty() || governor == "performance";
  all.push_back({"governor", steady ? rank::good : rank::note, governor.empty() ? "none" : governor,
                 steady ? "" : "for steady latencies: cpupower frequency-set -g performance"});
  auto const cores = std::thread::hardware_concurrency();
  all.push_back({"cores", cores > 1 ? rank::good : rank::note, std::to_string(cores),
                 cores > 1 ? "" : "waiting by spinning makes no sense here: use waiting::sleep"});
  return all;
}

}  // namespace cli
