// SPDX-License-Identifier: BSL-1.0
#include "registry/janitor.hpp"

#include <chrono>
#include <thread>

#include "registry/keeper_socket.hpp"
#include "registry/name.hpp"
#include "registry/segment_intent.hpp"
#include "segment/superblock.hpp"
#include "system/fail.hpp"
#include "system/step.hpp"

namespace quoit::registry {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 2s;
constexpr auto pause_between = 2ms;

}  // namespace

janitor janitor::of_dead(entry const& e) {
  if (e.is_held() && sys::probe(e.fd(), janitor_byte) == sys::lock_state::free) return {janitor_result::held, {}};
  return wait_for(e, everything);
}

janitor janitor::of_live(entry const& e) { return wait_for(e, janitor_byte); }

janitor janitor::wait_for(entry const& e, sys::byte_range range) {
  auto const until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    if (auto lock = sys::byte_lock::try_lock(e.fd(), range)) {
      QUOIT_STEP(janitor_locked);
      if (!e.is_current()) return {janitor_result::changed, {}};
      return {janitor_result::locked, std::move(lock)};
    }
    if (!e.is_current()) return {janitor_result::changed, {}};
    // Holders bar only the lock on all bytes; the janitor's own is worth another try.
    bool const whole = range.count == everything.count;
    if (whole && sys::probe(e.fd(), janitor_byte) == sys::lock_state::free && e.is_held()) {
      return {janitor_result::held, {}};
    }
    if (std::chrono::steady_clock::now() >= until) {
      fail(errc::busy, {.doing = "change what the channel name leads to",
                        .path = e.path(),
                        .expected = "the lock on its registry file within two seconds",
                        .found = "another process that has it: is it stopped?",
                        .advice = "continue or end the process that lslocks shows for this file"});
    }
    std::this_thread::sleep_for(pause_between);
  }
}

void sweep(directory const& dir) {
  for (auto const& file : dir.files()) {
    if (!file.starts_with('.')) continue;
    try {
      if (is_intent(file)) {
        sweep_intent(dir, file);
        continue;
      }
      if (is_keeper(file)) {
        sweep_keeper(dir, file);
        continue;
      }
      auto const e = entry::open(dir, file);
      if (!e || !e.is_ours() || hidden_name(e.uuid()) != file) continue;  // somebody's own file
      // Such a file gets its name with a lock on it, so one without a lock has lost its creator.
      if (sys::probe(e.fd(), everything) == sys::lock_state::free) sys::unlink_at(dir.fd(), file.c_str());
    } catch (error const&) {
      // Not ours: leave it alone.
    }
  }
}

}  // namespace quoit::registry
