// SPDX-License-Identifier: BSL-1.0
#include "registry/entry.hpp"

#include <algorithm>
#include <cstring>

#include <unistd.h>

#include <fmt/format.h>

#include "registry/name.hpp"
#include "segment/digest.hpp"
#include "segment/geometry.hpp"
#include "segment/superblock.hpp"
#include "system/fail.hpp"
#include "system/limits.hpp"
#include "system/process.hpp"
#include "system/regular_file.hpp"

namespace quoit::registry {

namespace {

constexpr auto* doing = "read the channel's registry file";
constexpr auto* remove_advice = "if nobody needs it, delete it";

std::uint64_t checksum_of(description const& d) { return segment::checksum(&d, offsetof(description, checksum)); }
std::uint64_t checksum_of(holder_record const& r) { return segment::checksum(&r, offsetof(holder_record, checksum)); }

void write_all(int fd, void const* data, std::size_t size, std::size_t at, std::string const& path) {
  auto const n = sys::pwrite(fd, data, size, static_cast<off_t>(at));
  if (n != static_cast<ssize_t>(size)) {
    fail_errno(n < 0 ? errno : ENOSPC, {.doing = "write the channel's registry file", .path = path});
  }
}

[[noreturn]] void damaged(std::string const& path, std::string expected, std::string found) {
  fail(errc::damaged, {.doing = doing,
                       .path = path,
                       .expected = std::move(expected),
                       .found = std::move(found),
                       .advice = remove_advice});
}

}  // namespace

entry entry::open(directory const& dir, std::string const& file, mirror::access mode, std::optional<uid_t> trusted) {
  auto path = dir.path_of(file);
  sys::descriptor fd(sys::open_regular(dir.fd(), file.c_str(), mirror::open_flags(mode)));
  auto const distrust = [&](std::string found, std::string advice) {
    fail(errc::untrusted,
         {.doing = doing,
          .path = path,
          .expected = ::geteuid() == 0 ? "a regular file of user 0, with one name"
                                       : fmt::format("a regular file of user {} or 0, with one name", ::geteuid()),
          .found = std::move(found),
          .advice = std::move(advice)});
  };
  auto const planted = [&](std::string found) {
    distrust(std::move(found), "find out who put it there, and delete it");
  };
  if (!fd) {
    int const e = errno;
    if (e == ENOENT) return entry(sys::descriptor(), std::move(path));
    if (e == ELOOP) planted("a symbolic link");
    if (e == ENXIO) planted("another kind of file");
    if (e == EACCES || e == EPERM) {
      fail(errc::unreachable, {.doing = doing,
                               .path = path,
                               .expected = fmt::format("a file that user {} may read and write", ::geteuid()),
                               .found = "no permission: it belongs to another user",
                               .advice = "run as the user who made the channel"});
    }
    fail_errno(e, {.doing = doing, .path = path});
  }
  entry e(std::move(fd), path);
  struct stat st {};
  auto const look = [&] {
    if (sys::fstat(e.fd(), &st) != 0) fail_errno({.doing = doing, .path = path});
  };
  look();
  if (st.st_uid != ::geteuid() && st.st_uid != 0 && st.st_uid != trusted)
    distrust(fmt::format("a file of user {}", st.st_uid),
             "find out who put it there; if it is to be trusted, say so (channel_options::owner)");
  if (st.st_nlink <= 1) return e;
  // It loses its hidden name for ever, and that while it has its other one: so that is looked for first.
  nlink_t const own_names = e.has_hidden_name(dir) ? 2 : 1;
  look();
  if (st.st_nlink > own_names) planted(fmt::format("a file with {} names (hard links)", st.st_nlink));
  return e;
}

bool entry::has_hidden_name(directory const& dir) const {
  struct stat own {};
  struct stat hidden {};
  auto const name = hidden_name(uuid());
  return sys::fstat_at(dir.fd(), name.c_str(), &hidden, AT_SYMLINK_NOFOLLOW) == 0 && sys::fstat(fd(), &own) == 0 &&
         own.st_ino == hidden.st_ino && own.st_dev == hidden.st_dev;
}

description entry::describe() const {
  description d{};
  auto const n = sys::pread(fd_.get(), &d, sizeof d, 0);
  if (n < 0) fail_errno({.doing = doing, .path = path_});
  if (n >= 16 && d.magic == entry_magic && d.version != entry_version) {
    fail(errc::incompatible, {.doing = doing,
                              .path = path_,
                              .expected = fmt::format("version {}", entry_version),
                              .found = fmt::format("version {}", d.version),
                              .advice = "use the same version of Quoit in all processes"});
  }
  if (n != static_cast<ssize_t>(sizeof d)) {
    damaged(path_, fmt::format("a description of {} bytes", sizeof d), fmt::format("{} bytes", n));
  }
  if (d.magic != entry_magic)
    damaged(path_, fmt::format("a channel's registry file (magic {:#x})", entry_magic),
            fmt::format("another kind of file ({:#x})", d.magic));
  if (d.bytes != sizeof d || d.checksum != checksum_of(d)) {
    damaged(path_, "a description with its checksum", "another checksum");
  }
  auto const end = std::find(d.name.begin(), d.name.end(), '\0');
  std::string const name(d.name.begin(), end);
  auto const file = path_.substr(path_.find_last_of('/') + 1);
  if (end == d.name.end() || file_of(name) != file) {
    damaged(path_, "the name " + name_of(file), "the name " + name);
  }
  if (d.path.back() != '\0') damaged(path_, "a path that ends", "one that does not");
  if (auto const f = segment::fault(d.rules)) {
    fail(errc::incompatible, {.doing = doing,
                              .path = path_,
                              .expected = "rules that this version knows",
                              .found = *f,
                              .advice = "use the same version of Quoit in all processes"});
  }
  return d;
}

bool entry::is_ours() const noexcept {
  std::uint64_t magic = 0;
  return sys::pread(fd_.get(), &magic, sizeof magic, 0) == static_cast<ssize_t>(sizeof magic) && magic == entry_magic;
}

segment::uuid entry::uuid() const noexcept {
  segment::uuid id{};
  return sys::pread(fd_.get(), id.data(), id.size(), offsetof(description, uuid)) == static_cast<ssize_t>(id.size())
             ? id
             : segment::uuid{};
}

bool entry::is_held() const noexcept { return sys::probe(fd_.get(), all_holders) != sys::lock_state::free; }

bool entry::is_current() const noexcept {
  struct stat here {};
  struct stat there {};
  return sys::fstat(fd_.get(), &here) == 0 &&
         sys::fstat_at(AT_FDCWD, path_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && here.st_ino == there.st_ino &&
         here.st_dev == there.st_dev;
}

std::vector<entry::known_holder> entry::holders() const {
  std::vector<holder_record> records(most_holders);
  auto const n = sys::pread(fd_.get(), records.data(), records.size() * sizeof(holder_record), records_at);
  if (n < 0) fail_errno({.doing = doing, .path = path_});
  records.resize(static_cast<std::size_t>(n) / sizeof(holder_record));
  std::vector<known_holder> living;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    auto const& r = records[i];
    if (r.pid == 0 || r.checksum != checksum_of(r)) continue;
    if (sys::probe(fd_.get(), {.first = i, .count = 1}) == sys::lock_state::held) living.push_back({i, r});
  }
  return living;
}

void entry::write(description const& d) const { write_all(fd_.get(), &d, sizeof d, 0, path_); }

void entry::write(std::uint32_t index, holder_record const& r) const {
  write_all(fd_.get(), &r, sizeof r, records_at + index * sizeof r, path_);
}

void require_file_size() { sys::require_memory(0, records_at + most_holders * sizeof(holder_record), 0); }

description make_description(segment::memory const& m, std::string_view path) {
  description d{};
  d.magic = entry_magic;
  d.version = entry_version;
  d.bytes = sizeof d;
  d.uuid = m.super().uuid;
  d.boot = m.super().boot;
  d.created = m.super().created_realtime;
  d.header = m.header_id();
  d.data = m.data_id();
  d.rules = m.super().rules;
  d.name = m.super().name;
  std::memcpy(d.path.data(), path.data(), std::min(path.size(), d.path.size() - 1));
  d.checksum = checksum_of(d);
  return d;
}

void require_meant(description const& d, segment::superblock const& s) {
  auto const differ = [&](std::string expected, std::string found) {
    fail(errc::damaged, {.doing = "use the memory that the registry file leads to",
                         .path = file_of(d.name.data()),
                         .expected = std::move(expected),
                         .found = std::move(found),
                         .advice = "find out who wrote into that file, and delete it"});
  };
  if (s.name != d.name) differ(fmt::format("channel {}", d.name.data()), "channel " + printable(segment::name_of(s)));
  if (s.uuid != d.uuid) differ("uuid " + segment::to_string(d.uuid), "uuid " + segment::to_string(s.uuid));
  if (std::memcmp(&s.rules, &d.rules, sizeof s.rules) != 0) differ("the rules that it tells", "other ones");
}

holder_record make_record(segment::memory const& m) {
  holder_record r{};
  r.pid = static_cast<std::uint64_t>(::getpid());
  r.start_time = sys::own_start_time();
  r.pid_namespace = sys::own_pid_namespace();
  r.header_fd = m.header_fd();
  r.data_fd = m.data_fd();
  r.checksum = checksum_of(r);
  return r;
}

}  // namespace quoit::registry
