// SPDX-License-Identifier: BSL-1.0
#include "registry/keeper_socket.hpp"

#include <string_view>

#include <unistd.h>

#include <fmt/format.h>

#include "segment/superblock.hpp"
#include "system/fail.hpp"
#include "system/step.hpp"
#include "system/unix_socket.hpp"

namespace quoit::registry {

namespace {

constexpr auto* doing = "make a keeper's socket";
constexpr int most_waiting = 1024;
constexpr int most_tries = 16;
constexpr std::string_view infix = ".keeper-";
constexpr std::string_view not_yet = ".new";
constexpr std::size_t uuid_length = 36;

std::string prefix_of(segment::uuid const& channel) { return fmt::format(".{}{}", segment::to_string(channel), infix); }

std::uint64_t random_number() {
  std::uint64_t n = 0;
  if (sys::getrandom(&n, sizeof n) != static_cast<int>(sizeof n)) fail_errno({.doing = "get random numbers"});
  return n;
}

/// If nobody but the owner gets in, the kernel keeps the others out; else the keeper looks who it is.
mode_t mode_of_socket(mode_t file) noexcept { return (file & 0077U) == 0 ? 0600 : 0666; }

/// The socket file itself, whatever becomes of its name. Who may write to the directory can put something else in its
/// place at any moment, so that is looked at and never followed; a second name would be that of another socket of ours.
/// Nothing, with errno: it is not what was just made.
sys::descriptor find_made(directory const& dir, std::string const& name) {
  sys::descriptor file(sys::open_at(dir.fd(), name.c_str(), O_PATH | O_NOFOLLOW));
  struct stat st {};
  if (!file || sys::fstat(file.get(), &st) != 0) return {};
  if (S_ISSOCK(st.st_mode) && st.st_uid == ::geteuid() && st.st_nlink == 1) return file;
  errno = ENOENT;
  return {};
}

int set_mode(sys::descriptor const& file, mode_t mode) {
  return sys::chmod_at(AT_FDCWD, fmt::format("/proc/self/fd/{}", file.get()).c_str(), mode);
}

bool has_name(sys::descriptor const& file, directory const& dir, std::string const& name) {
  struct stat here {};
  struct stat there {};
  if (sys::fstat(file.get(), &here) != 0 || sys::fstat_at(dir.fd(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) {
    return false;
  }
  if (here.st_ino == there.st_ino && here.st_dev == there.st_dev) return true;
  errno = ENOENT;
  return false;
}

/// Binds and listens under a name that nobody asks, then renames. Nothing: somebody swept it before it listened, or put
/// something else in its place.
sys::descriptor listen_as(directory const& dir, std::string const& name, mode_t mode) {
  auto const early = fmt::format("{}{}", name, not_yet);
  error_facts facts{.doing = doing, .path = dir.path_of(early)};
  sys::descriptor socket(sys::unix_socket());
  if (!socket || sys::bind_in(dir.fd(), early, socket.get()) != 0) fail_errno(std::move(facts));
  QUOIT_STEP(keeper_bound);
  auto const made = find_made(dir, early);
  if (made && set_mode(made, mode) == 0 && sys::listen(socket.get(), most_waiting) == 0) {
    QUOIT_STEP(keeper_listens);
    if (sys::rename_at(dir.fd(), early.c_str(), name.c_str()) == 0) {
      QUOIT_STEP(keeper_named);
      if (has_name(made, dir, name)) return socket;
    }
  }
  int const failed = errno;
  sys::unlink_at(dir.fd(), early.c_str());
  sys::unlink_at(dir.fd(), name.c_str());
  if (failed != ENOENT) fail_errno(failed, std::move(facts));
  return {};
}

sys::descriptor appear(directory const& dir, segment::uuid const& channel, mode_t mode, std::string& name) {
  for (auto const& file : dir.files()) {
    if (is_keeper_of(file, channel)) sweep_keeper(dir, file);  // so that killed ones do not gather, one after the other
  }
  for (int i = 0; i < most_tries; ++i) {
    name = fmt::format("{}{:016x}", prefix_of(channel), random_number());
    if (auto socket = listen_as(dir, name, mode_of_socket(mode))) return socket;
  }
  fail(errc::busy,
       {.doing = doing, .path = dir.path(), .found = "somebody who deletes or replaces it again and again"});
}

}  // namespace

keeper_socket::keeper_socket(directory dir, segment::uuid const& channel, mode_t mode)
    : dir_(std::move(dir)), socket_(appear(dir_, channel, mode, name_)) {}

keeper_socket::~keeper_socket() {
  sys::unlink_at(dir_.fd(), name_.c_str());
  QUOIT_STEP(keeper_unlinked);
}

bool is_keeper(std::string const& file) noexcept {
  return file.starts_with('.') && file.size() > uuid_length &&
         std::string_view(file).substr(1 + uuid_length).starts_with(infix);
}

bool is_keeper_of(std::string const& file, segment::uuid const& channel) {
  return file.starts_with(prefix_of(channel)) && !file.ends_with(not_yet);
}

void sweep_keeper(directory const& dir, std::string const& file) {
  struct stat st {};
  if (sys::fstat_at(dir.fd(), file.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISSOCK(st.st_mode)) return;
  if (st.st_uid != ::geteuid()) return;
  sys::descriptor const socket(sys::unix_socket());
  if (socket && sys::connect_in(dir.fd(), file, socket.get()) != 0 && errno == ECONNREFUSED) {
    sys::unlink_at(dir.fd(), file.c_str());
  }
}

}  // namespace quoit::registry
