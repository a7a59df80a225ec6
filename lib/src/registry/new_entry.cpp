// SPDX-License-Identifier: BSL-1.0
#include "registry/new_entry.hpp"

#include <fmt/format.h>

#include "registry/janitor.hpp"
#include "registry/name.hpp"
#include "system/fail.hpp"
#include "system/step.hpp"

namespace quoit::registry {

namespace {

[[noreturn]] void give_up(int failed, std::string const& path) {
  fail_errno(failed, {.doing = "give a registry file its name",
                      .path = path,
                      .advice = failed == EPERM ? "who made the channel has to do it: its directory is sticky" : ""});
}

/// In a directory with the set-group-ID bit a new file has the directory's group, and a memfd never has: the mode would
/// let nobody in who needs both.
void take_after(int fd, int memory, std::string const& path) {
  error_facts facts{.doing = "let a registry file have the group and mode of the channel's memory", .path = path};
  struct stat own {};
  struct stat st {};
  if (sys::fstat(fd, &own) != 0 || sys::fstat(memory, &st) != 0) fail_errno(std::move(facts));
  bool const differs = own.st_gid != st.st_gid;
  if (differs && sys::change_group(fd, st.st_gid) != 0 && (st.st_mode & 0060U) != 0) {
    facts.expected = fmt::format("to be in group {}, which the memory has", st.st_gid);
    facts.advice = "give the directories of both one group, or the group no rights (mode 0600)";
    fail_errno(std::move(facts));
  }
  if (sys::fchmod(fd, st.st_mode & 0666U) != 0) fail_errno(std::move(facts));
}

}  // namespace

sys::descriptor make_unnamed(directory const& dir) {
  require_file_size();
  error_facts facts{.doing = "make a registry file", .path = dir.path()};
  sys::descriptor fd(sys::open_at(dir.fd(), ".", O_TMPFILE | O_RDWR, 0600));
  if (!fd) {
    if (errno == EOPNOTSUPP || errno == EISDIR)
      facts.advice = "use a directory on tmpfs or a disk (O_TMPFILE is needed)";
    fail_errno(std::move(facts));
  }
  if (sys::fchmod(fd.get(), 0600) != 0) fail_errno(std::move(facts));
  return fd;
}

unnamed prepare(directory const& dir, segment::memory const& m, entry_content const& c) {
  bool const carries_locks = m.super().rules.backing == segment::backing_sysv;
  auto const again = fmt::format("/proc/self/fd/{}", m.header_fd());
  sys::descriptor fd =
      carries_locks ? sys::descriptor(sys::open_at(AT_FDCWD, again.c_str(), O_RDWR)) : make_unnamed(dir);
  if (!fd) fail_errno({.doing = "open a registry file again", .path = again});
  if (!carries_locks) take_after(fd.get(), m.header_fd(), c.path);
  entry file(std::move(fd), c.path);
  file.write(make_description(m, c.file));
  auto lock = sys::byte_lock::try_lock(file.fd(), {.first = 0, .count = 1});
  if (!lock) fail(errc::busy, {.doing = "make a registry file", .path = c.path});
  file.write(0, make_record(m));
  QUOIT_STEP(entry_prepared);
  return {std::move(file), std::move(lock)};
}

int link_as(directory const& dir, entry const& e, std::string const& file) {
  auto const from = fmt::format("/proc/self/fd/{}", e.fd());
  return sys::link_at(AT_FDCWD, from.c_str(), dir.fd(), file.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

hidden_link::hidden_link(directory const& dir, entry const& e, segment::uuid const& id)
    : dir_(&dir), name_(hidden_name(id)) {
  if (int const failed = link_as(dir, e, name_); failed != 0) give_up(failed, e.path());
  QUOIT_STEP(entry_linked_hidden);
}

hidden_link::~hidden_link() {
  if (!name_.empty()) sys::unlink_at(dir_->fd(), name_.c_str());
}

void hidden_link::rename_over(std::string const& file) {
  if (sys::rename_at(dir_->fd(), name_.c_str(), file.c_str()) != 0) give_up(errno, dir_->path_of(file));
  QUOIT_STEP(entry_renamed);
  name_.clear();
}

}  // namespace quoit::registry
