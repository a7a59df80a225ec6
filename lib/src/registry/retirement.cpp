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
    auto objects = reach(e, e.describe(), patience::none);
    return objects.header && channels.is_retired(std::move(objects));
  } catch (error const&) {
    return false;  // who cannot be reached cannot be asked
  }
}

}  // namespace

void tell_retired(entry const& e, channel_side const& channels) {
  if (!e.is_held()) return;
  auto objects = reach(e, e.describe(), patience::none);
  if (objects.header) channels.retire(std::move(objects));
}

void tell_latecomers(entry const& e, channel_side const& channels) noexcept {
  try {
    tell_retired(e, channels);
  } catch (...) {
    // The name is changed all the same; see the header for who is left untold.
  }
}

bool finish_removal(entry const& e) {
  auto const lock = janitor::of_live(e);
  if (lock.result() == janitor_result::locked) sys::unlink_at(AT_FDCWD, e.path().c_str());
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
