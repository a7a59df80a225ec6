// SPDX-License-Identifier: BSL-1.0
#include "segment/channel_file.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "mirror/memfd_object.hpp"
#include "system/fail.hpp"
#include "system/limits.hpp"
#include "system/regular_file.hpp"

namespace quoit::segment {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 2s;
constexpr auto pause_between = 2ms;
constexpr auto* doing = "use the channel's file";

// From linux/magic.h, which names not all of them everywhere: nfs, smb, cifs, smb2, 9p, afs, ceph.
constexpr std::array<std::uint64_t, 7> network_file_systems{0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                                            0x01021997, 0x5346414F, 0x00C36400};
constexpr std::array<std::uint64_t, 2> memory_file_systems{0x01021994, 0x858458F6};  // tmpfs, ramfs

// Beyond the bytes of places (ring/place.hpp).
constexpr std::uint64_t first_lock = std::uint64_t{1} << 61U;
constexpr sys::byte_range users{.first = first_lock + (std::uint64_t{1} << 20U), .count = std::uint64_t{1} << 20U};

std::string directory_of(std::string const& path) {
  auto const slash = path.find_last_of('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

template <class Choose>
sys::byte_lock lock_in_time(int file, Choose&& choose) {
  for (auto const until = std::chrono::steady_clock::now() + patience;;) {
    if (auto lock = sys::byte_lock::try_lock(file, choose())) return lock;
    if (std::chrono::steady_clock::now() >= until) {
      fail(errc::busy, {.doing = doing,
                        .expected = "the lock on it within two seconds",
                        .found = "another process that has it: is it stopped?",
                        .advice = "continue or end the process that lslocks shows for this file"});
    }
    std::this_thread::sleep_for(pause_between);
  }
}

/// Two machines that map one file of a network do not see each other's stores, nor each other's locks in time.
bool is_on_memory(int fd, std::string const& path) {
  struct statfs fs {};
  if (sys::fstatfs(fd, &fs) != 0) fail_errno({.doing = "look at a file system (fstatfs)", .path = path});
  auto const type = static_cast<std::uint64_t>(fs.f_type) & 0xFFFFFFFFU;
  for (auto const network : network_file_systems) {
    if (type != network) continue;
    fail(errc::bad_options, {.doing = doing,
                             .path = path,
                             .expected = "a local file system",
                             .found = "one of a network, on which two machines would not see each other's stores",
                             .advice = "name a path on a local disk or in /dev/shm"});
  }
  return std::find(memory_file_systems.begin(), memory_file_systems.end(), type) != memory_file_systems.end();
}

}  // namespace

std::string absolute_path(std::string const& path) {
  auto whole = std::filesystem::absolute(path).lexically_normal().string();
  if (whole.size() <= longest_path && whole.find('\0') == std::string::npos && !whole.ends_with('/')) return whole;
  fail(errc::bad_options, {.doing = "use these channel options",
                           .expected = fmt::format("the path of a file, of at most {} bytes", longest_path),
                           .found = printable(whole.substr(0, 100))});
}

objects make_file(rules const& r, std::string const& path, mode_t mode) {
  geometry const g(r);
  error_facts facts{.doing = "make a file without a name (O_TMPFILE)",
                    .path = path,
                    .expected = fmt::format("room for {} bytes", g.file_size)};
  objects o;
  o.header = sys::descriptor(sys::open_at(AT_FDCWD, directory_of(path).c_str(), O_TMPFILE | O_RDWR, 0600));
  if (!o.header) {
    facts.advice = "name a directory that exists, on a file system with O_TMPFILE (ext4, xfs, btrfs, tmpfs)";
    fail_errno(std::move(facts));
  }
  bool const on_memory = is_on_memory(o.header.get(), path);
  sys::require_memory(on_memory ? g.file_size : 0, g.file_size, 2 * g.capacity + g.header_size);
  facts.doing = "say who may use a file (fchmod)";
  if (sys::fchmod(o.header.get(), mode) != 0) fail_errno(std::move(facts));
  mirror::take_all(o.header.get(), g.file_size, std::move(facts));
  return o;
}

void link_file(int file, std::string const& path) {
  auto const from = fmt::format("/proc/self/fd/{}", file);
  if (sys::link_at(AT_FDCWD, from.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    fail_errno({.doing = "give the channel's file its name", .path = path});
  }
  sys::descriptor const dir(sys::open_at(AT_FDCWD, directory_of(path).c_str(), O_RDONLY | O_DIRECTORY));
  if (dir) sys::fdatasync(dir.get());  // a name that is lost with the machine is one that was not there yet
}

objects open_file(std::string const& path, mirror::access mode, std::optional<uid_t> trusted) {
  objects o;
  o.header = sys::open_regular(AT_FDCWD, path.c_str(), mirror::open_flags(mode));
  auto const distrust = [&](std::string found) {
    fail(errc::untrusted, {.doing = doing,
                           .path = path,
                           .expected = fmt::format("a regular file of user {} or 0", ::geteuid()),
                           .found = std::move(found),
                           .advice = "find out who put it there"});
  };
  if (!o.header) {
    int const e = errno;
    if (e == ENOENT) return o;
    if (e == ELOOP) distrust("a symbolic link");
    if (e == ENXIO) distrust("another kind of file");
    fail_errno(e, {.doing = doing, .path = path});
  }
  struct stat st {};
  if (sys::fstat(o.header.get(), &st) != 0) fail_errno({.doing = doing, .path = path});
  if (st.st_uid != ::geteuid() && st.st_uid != 0 && st.st_uid != trusted)
    distrust(fmt::format("a file of user {}", st.st_uid));
  if (mode == mirror::access::read_write && st.st_nlink > 1)
    distrust(fmt::format("a file with {} names (hard links)", st.st_nlink));
  is_on_memory(o.header.get(), path);
  return o;
}

bool is_channel_file(int file) noexcept {
  std::uint64_t magic = 0;
  return sys::pread(file, &magic, sizeof magic, 0) == static_cast<ssize_t>(sizeof magic) && magic == superblock_magic;
}

uuid uuid_of(int file) noexcept {
  uuid id{};
  if (!is_channel_file(file)) return id;
  auto const n = sys::pread(file, id.data(), id.size(), offsetof(superblock, uuid));
  return n == static_cast<ssize_t>(id.size()) ? id : uuid{};
}

std::array<char, 208> name_in(int file) noexcept {
  std::array<char, 208> name{};
  if (!is_channel_file(file)) return name;
  auto const n = sys::pread(file, name.data(), name.size(), offsetof(superblock, name));
  return n == static_cast<ssize_t>(name.size()) ? name : std::array<char, 208>{};
}

bool is_on_disk(int file) { return !is_on_memory(file, {}); }

bool has_a_name(int file) noexcept {
  struct stat st {};
  return sys::fstat(file, &st) == 0 && st.st_nlink > 0;
}

void unlink_file(int file, std::string const& path) noexcept {
  struct stat here {};
  struct stat there {};
  if (sys::fstat(file, &here) == 0 && sys::fstat_at(AT_FDCWD, path.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
      here.st_ino == there.st_ino && here.st_dev == there.st_dev) {
    sys::unlink_at(AT_FDCWD, path.c_str());
  }
}

sys::byte_lock lock_file(int file, file_work work) {
  auto const byte = first_lock + static_cast<std::uint64_t>(work);
  return lock_in_time(file, [&] { return sys::byte_range{.first = byte, .count = 1}; });
}

sys::byte_lock use_file(int file) {
  return lock_in_time(file, [] {
    std::uint32_t any = 0;
    if (sys::getrandom(&any, sizeof any) != static_cast<int>(sizeof any)) {
      fail_errno({.doing = "get random numbers"});
    }
    return sys::byte_range{.first = users.first + any % users.count, .count = 1};
  });
}

sys::byte_lock lock_unused(int file) { return sys::byte_lock::try_lock(file, users); }

void flush(int file) {
  if (sys::fdatasync(file) != 0) fail_errno({.doing = "write the channel's file to its disk (fdatasync)"});
}

}  // namespace quoit::segment
