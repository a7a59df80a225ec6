// SPDX-License-Identifier: BSL-1.0
#include "registry/retirement.hpp"

#include <fmt/format.h>

#include "registry/janitor.hpp"
#include "system/fail.hpp"

namespace quoit::registry {

namespace {

std::string who_holds(entry const& e) {
  std::string pids;
  for (auto const& h : e.holders()) pids += fmt::format("{}{}", pids.empty() ? "pid " : ", ", h.record.pid);
  return pids.empty() ? "a holder" : pids;
}

bool was_retired(entry const& e, channel_side const& channels) {
  try {
    auto const what = e.describe();
    auto objects = reach(e, what, patience::none);
    return objects && channels.is_retired(std::move(objects), &what);
  } catch (error const&) {
    return false;  // who cannot be reached cannot be asked
  }
}

}  // namespace

bool tell_retired(entry const& e, channel_side const& channels) {
  auto const what = e.describe();
  auto objects = reach(e, what, patience::as_janitor);
  if (!objects) return false;
  channels.retire(std::move(objects), &what);
  return true;
}

bool finish_removal(entry const& e) {
  auto const lock = janitor::of_live(e);
  if (lock.result() == janitor_result::locked && sys::unlink_at(AT_FDCWD, e.path().c_str()) != 0) {
    fail_errno({.doing = "delete the registry file of a retired channel", .path = e.path()});
  }
  return lock.result() != janitor_result::held;
}

void refuse_if_held(entry const& e, channel_side const& channels) {
  if (!e.is_held() || sys::probe(e.fd(), janitor_byte) != sys::lock_state::free || !e.is_current()) return;
  if (was_retired(e, channels) && finish_removal(e)) return;
  if (!e.is_held() || !e.is_current()) return;
  fail(errc::exists, {.path = e.path(),
                      .expected = "a name that nobody holds",
                      .found = who_holds(e),
                      .advice = "open it, or create it with quoit::replace"});
}

}  // namespace quoit::registry
