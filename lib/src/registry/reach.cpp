// SPDX-License-Identifier: BSL-1.0
#include "registry/reach.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "system/fail.hpp"
#include "system/process.hpp"

namespace quoit::registry {

namespace {

using namespace std::chrono_literals;

constexpr int looks_for_a_record = 20;
constexpr int looks_during_janitor = 200;
constexpr auto pause_between = 10ms;

/// Why a holder could not be reached. A passing reason may be gone at the next look.
struct obstacle {
  std::string text;
  bool passing = false;
};

/// Opens what descriptor `number` of process `pid` stands for, if it is the object that is wanted.
sys::descriptor open_of(std::uint64_t pid, int number, sys::file_id wanted, obstacle& why) {
  auto const path = fmt::format("/proc/{}/fd/{}", pid, number);
  // First without opening what is behind it: if the pid means somebody else by now, that could be anything.
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
  sys::descriptor fd(sys::open_at(AT_FDCWD, again.c_str(), O_RDWR));
  if (!fd) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
      fail_errno({.doing = "open a holder's memory", .path = path});
    why = {"no permission to open its memory for reading and writing", false};
  }
  return fd;
}

}  // namespace

reached reach(entry const& e, description const& d, patience p) {
  std::string reasons;
  for (int look = 0; look < looks_during_janitor; ++look) {
    if (p != patience::none && !e.is_current()) return {};
    bool passing = false;
    reasons.clear();
    for (auto const& [index, record] : e.holders()) {
      obstacle why;
      if (record.pid_namespace != sys::own_pid_namespace()) {
        why.text = "it lives in another pid namespace";
      } else {
        reached r{open_of(record.pid, record.header_fd, d.header, why), {}};
        if (r.header) r.data = open_of(record.pid, record.data_fd, d.data, why);
        if (r.header && r.data) return r;
      }
      passing = passing || why.passing;
      reasons += fmt::format("{}holder {}, pid {}: {}", reasons.empty() ? "" : "; ", index, record.pid, why.text);
    }
    if (!e.is_held()) return {};
    if (p == patience::none) break;
    // While a janitor has a dead name locked, what its stale records say means nothing.
    bool const janitor = p != patience::as_janitor && sys::probe(e.fd(), janitor_byte) == sys::lock_state::held;
    bool const hopeless = !reasons.empty() && !passing;
    if (!janitor && (hopeless || look >= looks_for_a_record)) break;
    std::this_thread::sleep_for(pause_between);
  }
  fail(errc::unreachable,
       {.doing = "reach the channel's memory",
        .path = e.path(),
        .expected = "a holder of the same user and pid namespace",
        .found = reasons.empty() ? "a holder that has not written its record: is it stopped?" : reasons,
        .advice = "run as the same user in the same pid namespace as a holder"});
}

}  // namespace quoit::registry
