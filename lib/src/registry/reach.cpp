// SPDX-License-Identifier: BSL-1.0
#include "registry/reach.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "registry/asking.hpp"
#include "segment/channel_file.hpp"
#include "system/fail.hpp"
#include "system/process.hpp"
#include "system/regular_file.hpp"

namespace quoit::registry {

namespace {

using namespace std::chrono_literals;

constexpr int looks_for_another_record = 20;
constexpr int most_looks = 200;
constexpr auto pause_between = 10ms;

/// Why a holder could not be reached. A passing reason may be gone at the next look.
struct obstacle {
  std::string text;
  bool passing = false;
};

/// Opens what descriptor `number` of process `pid` stands for, if it is the object that is wanted. Both numbers, and
/// what is wanted, may be told by somebody who means harm, and the pid may mean somebody else by now.
sys::descriptor open_of(std::uint64_t pid, int number, sys::file_id wanted, mirror::access mode, obstacle& why) {
  auto const path = fmt::format("/proc/{}/fd/{}", pid, number);
  // First without opening what is behind it: that could be anything.
  sys::descriptor const handle(sys::open_at(AT_FDCWD, path.c_str(), O_PATH));
  if (!handle) {
    bool const refused = errno == EACCES || errno == EPERM;
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
      fail_errno({.doing = "open a holder's memory", .path = path});
    why = refused ? obstacle{"not permitted: another user or group, more capabilities, or not dumpable", false}
                  : obstacle{"no such process or descriptor: it was closed, or /proc does not show it", true};
    return {};
  }
  if (sys::identify(handle.get()) != wanted) {
    why = {fmt::format("its descriptor {} is something else", number), true};
    return {};
  }
  auto const again = fmt::format("/proc/self/fd/{}", handle.get());
  auto fd = sys::open_regular(AT_FDCWD, again.c_str(), mirror::open_flags(mode), sys::links::follow);
  if (!fd) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
      fail_errno({.doing = "open a holder's memory", .path = path});
    bool const only_read = mode == mirror::access::read_only;
    why = {errno == ENXIO ? "what its record leads to is no memory"
           : only_read    ? "no permission to open its memory"
                          : "no permission to open its memory for reading and writing",
           false};
  }
  return fd;
}

/// The ways to the memory, by backing. What stands in the way is added to `why`.
segment::objects through_holders(entry const& e, description const& d, mirror::access mode, obstacle& why) {
  for (auto const& [index, record] : e.holders()) {
    obstacle own;
    if (record.pid_namespace != sys::own_pid_namespace()) {
      own.text = "it lives in another pid namespace";
    } else {
      segment::objects o;
      o.header = open_of(record.pid, record.header_fd, d.header, mode, own);
      if (o.header) o.data = open_of(record.pid, record.data_fd, d.data, mode, own);
      if (o.header && o.data) return o;
    }
    why.passing = why.passing || own.passing;
    why.text += fmt::format("{}holder {}, pid {}: {}", why.text.empty() ? "" : "; ", index, record.pid, own.text);
  }
  return {};
}

/// Who made the registry file, which we believe, may have made the memory.
segment::objects by_path(entry const& e, description const& d, mirror::access mode, obstacle& why) {
  struct stat st {};
  if (sys::fstat(e.fd(), &st) != 0) fail_errno({.doing = "look at a registry file", .path = e.path()});
  auto o = segment::open_file(d.path.data(), mode, st.st_uid);
  if (!o) {
    why.text = fmt::format("no file {}: deleted, or not to be seen from here", d.path.data());
  } else if (sys::identify(o.header.get()) != d.header) {
    why = {fmt::format("{} is another file by now", d.path.data()), true};  // perhaps it is about to be replaced
    o = {};
  }
  return o;
}

segment::objects by_ids(entry const& e, description const& d, mirror::access mode, obstacle& why) {
  segment::objects o;
  o.segments = {static_cast<int>(d.header.inode), static_cast<int>(d.data.inode)};
  for (int const id : {o.segments.header, o.segments.data}) {
    struct shmid_ds ds {};
    if (sys::shm_stat(id, &ds) != 0) {
      why.text = fmt::format("no System V segment {} here: another IPC namespace, or its last user has just gone", id);
      return {};
    }
    if (ds.shm_perm.uid != ::geteuid()) {
      why.text = fmt::format("System V segment {} is of user {}", id, ds.shm_perm.uid);
      return {};
    }
  }
  auto const path = fmt::format("/proc/self/fd/{}", e.fd());
  o.header = sys::descriptor(sys::open_at(AT_FDCWD, path.c_str(), mirror::open_flags(mode)));
  if (!o.header) fail_errno({.doing = "open a registry file again", .path = path});
  return o;
}

segment::objects look_for(entry const& e, description const& d, mirror::access mode, obstacle& why) {
  switch (d.rules.backing) {
    case segment::backing_file: return by_path(e, d, mode, why);
    case segment::backing_sysv: return by_ids(e, d, mode, why);
    default: return through_holders(e, d, mode, why);
  }
}

}  // namespace

segment::objects reach(entry const& e, description const& d, patience p, mirror::access mode) {
  bool const has_holders_records = d.rules.backing < segment::backing_file;
  std::string reasons;
  for (int look = 0; look < most_looks; ++look) {
    if (p != patience::none && !e.is_current()) return {};
    if (!e.is_held()) return {};
    obstacle why;
    bool const janitor = p == patience::some && sys::probe(e.fd(), janitor_byte) == sys::lock_state::held;
    // What is reached without holders is there while a janitor works on a dead name, too.
    if (has_holders_records || !janitor) {
      if (auto o = look_for(e, d, mode, why)) return o;
    }
    reasons = why.text;
    bool const passing = why.passing;
    if (!e.is_held()) return {};
    if (p == patience::none) break;
    // While a janitor has a dead name locked, what its stale records say means nothing.
    bool const hopeless = !reasons.empty() && (!passing || look >= looks_for_another_record);
    if (!janitor && hopeless) break;
    std::this_thread::sleep_for(pause_between);
  }
  if (reasons.empty()) reasons = "a holder that has not written its record: is it stopped?";
  if (p != patience::none && d.rules.backing != segment::backing_sysv) {
    if (auto o = ask_keepers(e, d, mode, reasons)) return o;
    if (!e.is_held() || !e.is_current()) return {};
  }
  error_facts facts{.doing = "reach the channel's memory", .path = e.path(), .found = reasons};
  if (d.rules.backing == segment::backing_file) {
    facts.expected = "its file where it was made";
    facts.advice = "put it back, or create the channel anew with quoit::replace";
  } else if (d.rules.backing == segment::backing_sysv) {
    facts.expected = "its System V segments";
    facts.advice = "run as the same user in the same IPC namespace as a holder";
  } else {
    facts.expected = "a holder of the same user and pid namespace, or a keeper";
    facts.advice =
        "let a holder run a quoit::keeper, or run as the same user in the same pid namespace, or give the channel a "
        "file";
  }
  fail(errc::unreachable, std::move(facts));
}

}  // namespace quoit::registry
