// SPDX-License-Identifier: BSL-1.0
#include "registry/registry.hpp"

#include <fmt/format.h>

#include "registry/directory.hpp"
#include "registry/janitor.hpp"
#include "registry/name.hpp"
#include "registry/new_entry.hpp"
#include "segment/channel_file.hpp"
#include "system/fail.hpp"
#include "system/regular_file.hpp"
#include "system/step.hpp"

namespace quoit::registry {

namespace {

constexpr int most_rounds = 1000;  // each is lost to another process that changed the name meanwhile

[[noreturn]] void always_changing(std::string const& path) {
  fail(errc::busy, {.doing = "use the channel name", .path = path, .found = "a name that changes again and again"});
}

}  // namespace

bool holding::let_go() noexcept {
  if (!lock_.release()) return false;
  try {
    // The last one deletes the file; whoever else holds or takes the name keeps it.
    auto const slash = path_.find_last_of('/');
    auto fd = sys::open_regular(AT_FDCWD, path_.c_str(), O_RDWR);
    if (!fd || slash == std::string::npos) return false;
    entry const e(std::move(fd), path_);
    if (sys::identify(e.fd()) != file_ || sys::probe(e.fd(), everything) != sys::lock_state::free) return false;
    auto const all = sys::byte_lock::try_lock(e.fd(), everything);
    if (!all || !e.is_current()) return false;
    if (!stays_) sys::unlink_at(AT_FDCWD, path_.c_str());
    return true;
  } catch (...) {
    // A stale file is all that is left; the next one who creates the name takes it over.
    return false;
  }
}

sys::descriptor lock_carrier() { return make_unnamed(directory::open()); }

void require_free(std::string_view name, channel_side const& channels, std::optional<uid_t> trusted) {
  auto const old = entry::open(directory::open(), file_of(name), mirror::access::read_write, trusted);
  if (!old) return;
  old.describe();
  refuse_if_held(old, channels);
}

holding publish(std::string_view name, segment::memory const& m, std::string_view memory_file,
                channel_side const& channels, if_held what, std::optional<uid_t> trusted) {
  auto const dir = directory::open();
  sweep(dir);
  auto const file = file_of(name);
  auto const path = dir.path_of(file);
  auto made = prepare(dir, m, {path, memory_file});
  std::optional<hidden_link> hidden;  // for all rounds: a file that has lost its last name cannot be given another
  auto const hold_made = [&] {
    return holding(std::move(made.lock), path, sys::identify(made.file.fd()), m.is_file());
  };
  for (int round = 0; round < most_rounds; ++round) {
    int const failed = link_as(dir, made.file, file);
    if (failed == 0) {
      QUOIT_STEP(entry_linked);
      return hold_made();
    }
    if (failed != EEXIST) fail_errno(failed, {.doing = "give a registry file its name", .path = path});
    auto const old = entry::open(dir, file, mirror::access::read_write, trusted);
    if (!old) continue;
    old.describe();  // what is not ours is not overwritten
    if (what == if_held::refuse) refuse_if_held(old, channels);
    // A dead name is locked as a whole, so that nobody can become a holder meanwhile.
    bool const live = what == if_held::replace && old.is_held();
    auto const lock = live ? janitor::of_live(old) : janitor::of_dead(old);
    if (lock.result() != janitor_result::locked) continue;
    dir.require_changeable(old.fd(), old.path());
    if (!hidden) hidden.emplace(dir, made.file, m.super().uuid);
    if (live && !tell_retired(old, channels)) continue;
    auto held = hold_made();
    hidden->rename_over(file);
    return held;
  }
  always_changing(path);
}

std::optional<found> find(std::string_view name, mirror::access mode, std::optional<uid_t> trusted) {
  auto const dir = directory::open();
  auto const file_name = file_of(name);
  for (int round = 0; round < most_rounds; ++round) {
    auto file = entry::open(dir, file_name, mode, trusted);
    if (!file) return {};
    auto const what = file.describe();
    auto objects = reach(file, what, patience::some, mode);
    if (objects) return found{std::move(file), what, std::move(objects)};
    if (file.is_current()) return {};
  }
  always_changing(dir.path_of(file_name));
}

std::string dormant_file(std::string_view name, mirror::access mode, std::optional<uid_t> trusted) {
  auto const e = entry::open(directory::open(), file_of(name), mode, trusted);
  if (!e || e.is_held()) return {};
  auto const d = e.describe();
  return d.rules.backing == segment::backing_file ? d.path.data() : std::string();
}

std::optional<holding> hold(found const& f, segment::memory const& m) {
  require_file_size();
  for (std::uint32_t i = 0; i < most_holders; ++i) {
    sys::byte_range const byte{.first = i, .count = 1};
    if (sys::probe(f.file.fd(), byte) == sys::lock_state::held) continue;
    auto lock = sys::byte_lock::try_lock(f.file.fd(), byte);
    if (!lock) continue;
    QUOIT_STEP(holder_locked);
    // From here on nobody can take over a dead name. Was it taken before? One who replaces a live name tells its
    // memory, which is ours, before the name is changed.
    if (!f.file.is_current()) return {};
    f.file.write(i, make_record(m));
    QUOIT_STEP(holder_recorded);
    return holding(std::move(lock), f.file.path(), sys::identify(f.file.fd()), m.is_file());
  }
  // All of them were held: by a janitor, perhaps, who is still at work or was killed since.
  bool const janitor = sys::probe(f.file.fd(), janitor_byte) == sys::lock_state::held;
  if (!f.file.is_current() || janitor || !f.file.is_held()) return {};
  fail(errc::no_slot, {.doing = "hold the channel",
                       .path = f.file.path(),
                       .expected = fmt::format("fewer than {} open channel objects", most_holders),
                       .found = "all holders' places taken"});
}

void finish_removal(found const& f) { finish_removal(f.file); }

namespace {

/// The file of a channel, to be deleted with its entry, if it is the one which the entry means. What is no channel's
/// file stays, and so does one of another channel.
segment::objects file_meant_by(description const& d) {
  if (d.rules.backing != segment::backing_file) return {};
  try {
    auto o = segment::open_file(d.path.data());
    if (o && segment::uuid_of(o.header.get()) == d.uuid && segment::name_in(o.header.get()) == d.name) return o;
  } catch (error const&) {
    // What others have put there is theirs.
  }
  return {};
}

/// Nobody holds this name, but the file may be in use under a name in another registry directory.
sys::byte_lock require_unused(segment::objects const& file, description const& d, channel_side const& channels,
                              if_held what) {
  auto alone = segment::lock_unused(file.header.get());
  if (alone) return alone;
  if (what == if_held::replace) {
    channels.retire(segment::open_file(d.path.data()), &d);
    return {};
  }
  fail(errc::exists, {.path = d.path.data(),
                      .expected = "a file that nobody uses",
                      .found = "one that somebody does, under another registry directory",
                      .advice = "let its users leave first, or remove it by force"});
}

/// Deletes an entry that is locked, and the file that it means.
void remove_locked(directory const& dir, std::string const& file, entry const& e, bool was_live,
                   channel_side const& channels, if_held what) {
  std::optional<description> d;
  try {
    d = e.describe();
  } catch (error const&) {
    // A damaged entry does not say where its memory is.
  }
  auto const memory = d ? file_meant_by(*d) : segment::objects();
  auto const alone = memory && !was_live ? require_unused(memory, *d, channels, what) : sys::byte_lock();
  if (sys::unlink_at(dir.fd(), file.c_str()) != 0) fail_errno({.doing = "delete a registry file", .path = e.path()});
  QUOIT_STEP(entry_unlinked);
  if (memory) segment::unlink_file(memory.header.get(), d->path.data());
}

}  // namespace

bool remove(std::string_view name, channel_side const& channels, if_held what) {
  auto const dir = directory::open();
  auto const file = file_of(name);
  for (int round = 0; round < most_rounds; ++round) {
    auto const old = entry::open(dir, file);
    if (!old) return false;
    if (!old.is_ours()) old.describe();  // says what is wrong with it
    if (what == if_held::refuse) refuse_if_held(old, channels);
    bool const live = old.is_held();
    if (live && what == if_held::refuse) continue;
    auto const lock = live ? janitor::of_live(old) : janitor::of_dead(old);
    if (lock.result() != janitor_result::locked) continue;
    dir.require_changeable(old.fd(), old.path());
    if (live && !tell_retired(old, channels)) continue;
    remove_locked(dir, file, old, live, channels, what);
    return true;
  }
  always_changing(dir.path_of(file));
}

namespace {

/// What has nothing to do with the entry that was looked at: the next ones would fail as well.
bool is_want_of_ours(std::error_code const& c) {
  return c == std::error_code(EMFILE, std::system_category()) || c == std::error_code(ENFILE, std::system_category()) ||
         c == std::error_code(ENOMEM, std::system_category());
}

}  // namespace

std::vector<listing> list(std::optional<uid_t> trusted) {
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
      auto const e = entry::open(dir, file, mirror::access::read_only, trusted);
      if (!e) continue;
      auto const d = e.describe();
      l.kind = static_cast<kind>(d.rules.kind);
      l.type = segment::type_of(d.rules);
      l.capacity = d.rules.capacity;
      l.backing = static_cast<backing>(d.rules.backing);
      l.file = d.path.data();
      l.created = d.created;
      for (auto const& h : e.holders()) l.holders.push_back(static_cast<pid_t>(h.record.pid));
      bool const stays = l.backing == backing::file;
      l.state = e.is_held() ? listing::state::alive : stays ? listing::state::dormant : listing::state::stale;
    } catch (error const& e) {
      if (is_want_of_ours(e.code())) throw;
      if (e.code() == make_error_code(errc::unreachable) || dir.has_file_of_another(file))
        l.state = listing::state::foreign;
      l.note = e.what();
    }
    all.push_back(std::move(l));
  }
  return all;
}

}  // namespace quoit::registry
