// SPDX-License-Identifier: BSL-1.0
#include "registry/registry.hpp"

#include <fmt/format.h>

#include "registry/directory.hpp"
#include "registry/janitor.hpp"
#include "registry/name.hpp"
#include "segment/superblock.hpp"
#include "system/fail.hpp"
#include "system/step.hpp"

namespace quoit::registry {

namespace {

constexpr int most_rounds = 1000;  // each is lost to another process that changed the name meanwhile

[[noreturn]] void always_changing(std::string const& path) {
  fail(errc::busy, {.doing = "use the channel name", .path = path, .found = "a name that changes again and again"});
}

/// A file without a name, complete, with its first holder's byte locked: all that is missing is a link.
struct unnamed {
  entry file;
  sys::byte_lock lock;
};

unnamed prepare(directory const& dir, std::string const& path, segment::memory const& m, std::string_view name) {
  error_facts facts{.doing = "make a registry file", .path = path};
  sys::descriptor fd(sys::open_at(dir.fd(), ".", O_TMPFILE | O_RDWR, 0600));
  if (!fd) {
    if (errno == EOPNOTSUPP || errno == EISDIR)
      facts.advice = "use a directory on tmpfs or a disk (O_TMPFILE is needed)";
    fail_errno(std::move(facts));
  }
  if (sys::fchmod(fd.get(), 0600) != 0) fail_errno(std::move(facts));
  entry file(std::move(fd), path);
  file.write(make_description(m, name));
  auto lock = sys::byte_lock::try_lock(file.fd(), {.first = 0, .count = 1});
  if (!lock) fail(errc::busy, std::move(facts));
  file.write(0, make_record(m));
  QUOIT_STEP(entry_prepared);
  return {std::move(file), std::move(lock)};
}

/// 0, or errno.
int link_as(directory const& dir, entry const& e, std::string const& file) {
  auto const from = fmt::format("/proc/self/fd/{}", e.fd());
  return sys::link_at(AT_FDCWD, from.c_str(), dir.fd(), file.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

/// Puts the new file in the place of the old one in one step. The caller has the janitor's lock.
void rename_over(directory const& dir, entry const& e, std::string const& file, std::string const& unique) {
  auto const hidden = "." + unique;
  if (int const failed = link_as(dir, e, hidden); failed != 0) {
    fail_errno(failed, {.doing = "give a registry file its name", .path = e.path()});
  }
  QUOIT_STEP(entry_linked_hidden);
  if (sys::rename_at(dir.fd(), hidden.c_str(), file.c_str()) != 0) {
    int const failed = errno;
    sys::unlink_at(dir.fd(), hidden.c_str());
    fail_errno(failed, {.doing = "give a registry file its name", .path = e.path()});
  }
  QUOIT_STEP(entry_renamed);
}

std::string who_holds(entry const& e) {
  std::string pids;
  for (auto const& h : e.holders()) pids += fmt::format("{}{}", pids.empty() ? "pid " : ", ", h.record.pid);
  return pids.empty() ? "a holder" : pids;
}

/// Tells those inside. The caller has the janitor's lock, or knows that it does not matter.
void tell_retired(entry const& e, retire const& tell) {
  auto objects = reach(e, e.describe());
  if (objects.header) tell(std::move(objects));
}

}  // namespace

holding::~holding() {
  if (!lock_.release()) return;
  try {
    // The last one deletes the file; whoever else holds or takes the name keeps it.
    auto const slash = path_.find_last_of('/');
    sys::descriptor fd(sys::open_at(AT_FDCWD, path_.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK));
    if (!fd || slash == std::string::npos) return;
    entry const e(std::move(fd), path_);
    if (segment::identify(e.fd()) != file_ || sys::probe(e.fd(), everything) != sys::lock_state::free) return;
    auto const all = sys::byte_lock::try_lock(e.fd(), everything);
    if (all && e.is_current()) sys::unlink_at(AT_FDCWD, path_.c_str());
  } catch (error const&) {
    // A stale file is all that is left; the next one who creates the name takes it over.
  }
}

holding publish(std::string_view name, segment::memory const& m, retire const* replace) {
  auto const dir = directory::open();
  sweep(dir);
  auto const file = file_of(name);
  auto const path = dir.path_of(file);
  auto made = prepare(dir, path, m, name);
  auto const hold_made = [&] { return holding(std::move(made.lock), path, segment::identify(made.file.fd())); };
  for (int round = 0; round < most_rounds; ++round) {
    int const failed = link_as(dir, made.file, file);
    if (failed == 0) {
      QUOIT_STEP(entry_linked);
      return hold_made();
    }
    if (failed != EEXIST) fail_errno(failed, {.doing = "give a registry file its name", .path = path});
    auto const old = entry::open(dir, file);
    if (!old) continue;
    old.describe();  // what is not ours is not overwritten
    bool const live = old.is_held();
    if (live && replace == nullptr && sys::probe(old.fd(), janitor_byte) == sys::lock_state::free) {
      if (!old.is_current()) continue;
      fail(errc::exists, {.path = path,
                          .expected = "a name that nobody holds",
                          .found = who_holds(old),
                          .advice = "open it, or create it with quoit::replace"});
    }
    auto const lock = replace != nullptr ? janitor::of_live(old) : janitor::of_dead(old);
    if (lock.result() != janitor_result::locked) continue;
    if (replace != nullptr) tell_retired(old, *replace);
    rename_over(dir, made.file, file, segment::to_string(m.super().uuid));
    return hold_made();
  }
  always_changing(path);
}

std::optional<found> find(std::string_view name) {
  auto const dir = directory::open();
  auto file = entry::open(dir, file_of(name));
  if (!file) return {};
  auto const what = file.describe();
  auto objects = reach(file, what);
  if (!objects.header) return {};
  return found{std::move(file), what, std::move(objects)};
}

std::optional<holding> hold(found const& f, segment::memory const& m) {
  for (std::uint32_t i = 0; i < most_holders; ++i) {
    sys::byte_range const byte{.first = i, .count = 1};
    if (sys::probe(f.file.fd(), byte) == sys::lock_state::held) continue;
    auto lock = sys::byte_lock::try_lock(f.file.fd(), byte);
    if (!lock) continue;
    QUOIT_STEP(holder_locked);
    // From here on nobody can take the name over. Was it taken before?
    if (!f.file.is_current()) return {};
    f.file.write(i, make_record(m));
    QUOIT_STEP(holder_recorded);
    return holding(std::move(lock), f.file.path(), segment::identify(f.file.fd()));
  }
  if (!f.file.is_current() || sys::probe(f.file.fd(), janitor_byte) == sys::lock_state::held) return {};
  fail(errc::no_slot, {.doing = "hold the channel",
                       .path = f.file.path(),
                       .expected = fmt::format("fewer than {} open channel objects", most_holders),
                       .found = "all holders' places taken"});
}

bool remove(std::string_view name, retire const& tell) {
  auto const dir = directory::open();
  auto const file = file_of(name);
  for (int round = 0; round < most_rounds; ++round) {
    auto const old = entry::open(dir, file);
    if (!old) return false;
    auto const lock = janitor::of_live(old);
    if (lock.result() != janitor_result::locked) continue;
    if (old.is_held()) tell_retired(old, tell);
    if (sys::unlink_at(dir.fd(), file.c_str()) != 0) {
      fail_errno({.doing = "delete a registry file", .path = old.path()});
    }
    return true;
  }
  always_changing(dir.path_of(file));
}

std::vector<listing> list() {
  auto const dir = directory::open();
  sweep(dir);
  std::vector<listing> all;
  for (auto const& file : dir.files()) {
    if (file.starts_with('.')) continue;
    listing l{};
    l.path = dir.path_of(file);
    l.name = name_of(file);
    if (l.name.empty()) l.name = printable(file);
    l.state = listing::state::damaged;
    try {
      auto const e = entry::open(dir, file);
      if (!e) continue;
      auto const d = e.describe();
      l.kind = static_cast<kind>(d.rules.kind);
      l.type = segment::type_of(d.rules);
      l.capacity = d.rules.capacity;
      l.created = d.created;
      for (auto const& h : e.holders()) l.holders.push_back(static_cast<pid_t>(h.record.pid));
      l.state = e.is_held() ? listing::state::alive : listing::state::stale;
    } catch (error const& e) {
      l.note = e.what();
    }
    all.push_back(std::move(l));
  }
  return all;
}

}  // namespace quoit::registry
