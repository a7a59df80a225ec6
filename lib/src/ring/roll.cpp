// SPDX-License-Identifier: BSL-1.0
#include "ring/roll.hpp"

#include <algorithm>

#include "ring/claims.hpp"
#include "ring/introduction.hpp"
#include "ring/level.hpp"
#include "ring/place.hpp"
#include "system/step.hpp"

namespace quoit::ring {

using segment::place_role;
using segment::place_state;
using segment::record_state;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr int most_rounds = 8;

participant_state state_of(ring const& r, std::uint32_t index, segment::identity_word id) noexcept {
  // One who has only claimed the place has no lock for a moment.
  if (id.state != place_state::claimed && is_dead(r, index, id.generation)) return participant_state::dead;
  return id.state == place_state::live      ? participant_state::live
         : id.state == place_state::evicted ? participant_state::evicted
                                            : participant_state::joining;
}

/// How far one is behind who needs everything from `p.position` on. What a reliable one needs is not written over, nor
/// is the end of the record before it; for a lossy one that holds while the floor is not beyond it.
void measure_lag(ring const& r, channel_level const& l, observed_participant& p) noexcept {
  auto const& g = r.geometry();
  if (l.status != status::ok || (p.position == 0 && !g.is_stream()) || p.position > l.head) {
    if (l.status == status::ok) p.lag_bytes = 0;  // it has gone on since the level was taken
    return;
  }
  p.lag = l.head - p.position;
  if (g.is_stream()) {
    if (p.lag <= g.capacity) p.lag_bytes = p.lag;
    return;
  }
  if (p.lag > g.records) return;
  auto const start = start_of(r, p.position);
  if (p.lag > 0 && r.keeps_times() && r.claimed(p.position).state == record_state::committed)
    p.waiting_since = r.time_of(p.position).load(relaxed);
  bool const certain = p.delivery == delivery::reliable || is_still_kept(r, p.position);
  if (certain && l.head_position - start <= g.capacity) p.lag_bytes = l.head_position - start;
}

/// Whoever has this place. Nothing: it is free, or changes hands again and again.
std::optional<observed_participant> look_at(ring const& r, channel_level const& l, std::uint32_t index) {
  auto const& s = r.place(index);
  for (int round = 0; round < most_rounds; ++round) {
    auto const identity = s.identity.load(std::memory_order_acquire);  // SYNC: identity -> identity
    auto const id = segment::unpack_identity(identity);
    if (id.state < place_state::claimed || id.state > place_state::evicted) return {};
    if (id.role < place_role::publisher || id.role > place_role::lossy) return {};
    observed_participant p{};
    p.role = id.role == place_role::publisher ? participant_info::role::publisher : participant_info::role::subscriber;
    p.delivery = id.role == place_role::lossy ? delivery::lossy : delivery::reliable;
    p.slot = index;
    p.generation = id.generation;
    p.state = state_of(r, index, id);
    // What is not written yet is of who had the place before.
    if (id.state != place_state::claimed && s.generation.load(relaxed) == id.generation) {
      read_introduction(s, p);
      p.start_time = s.start_time.load(relaxed);
    }
    if (p.role == participant_info::role::publisher) {
      p.position = l.head;
    } else if (p.state != participant_state::joining) {
      p.position = s.cursor.load(std::memory_order_acquire);
      measure_lag(r, l, p);
      QUOIT_STEP(lag_measured);
      std::atomic_thread_fence(std::memory_order_acquire);
      if (s.cursor.load(relaxed) != p.position && round + 1 < most_rounds) continue;
    }
    if (s.identity.load(std::memory_order_acquire) == identity) return p;
  }
  return {};
}

void find_slowest(ring const& r, channel_sample& s) noexcept {
  auto const& g = r.geometry();
  auto smallest = s.head;
  for (auto const& p : s.participants) {
    if (p.role != participant_info::role::subscriber || p.delivery != delivery::reliable) continue;
    if (p.state != participant_state::live || p.position >= smallest) continue;
    smallest = p.position;
    s.slowest = p.slot;
  }
  auto const needed = [&] {
    auto const at = std::find_if(s.participants.begin(), s.participants.end(),
                                 [&](auto const& p) { return s.slowest && p.slot == *s.slowest; });
    return at == s.participants.end() ? 0 : at->lag_bytes.value_or(g.capacity);
  }();
  s.room_bytes = g.capacity - std::min(needed, g.capacity);
  if (!g.is_stream()) s.room_records = g.records - 1 - std::min(s.head - smallest, g.records - 1);
}

/// The oldest claim without a commit. All that are kept must be looked at: who is stopped may be far behind the head.
std::optional<observed_claim> oldest_claim(ring const& r, channel_sample const& s) noexcept {
  for (auto i = s.floor; i < s.head; ++i) {
    auto const w = r.claimed(i);
    if (w.state != record_state::reserved || is_stamped(r, i, start_of(r, i))) continue;
    auto const owner = std::find_if(s.participants.begin(), s.participants.end(), [&](auto const& p) {
      return p.slot == w.slot && (p.generation & 0x7FFU) == w.generation && p.role == participant_info::role::publisher;
    });
    bool const dead = owner == s.participants.end() || owner->state == participant_state::dead;
    return observed_claim{i, {w.slot, w.generation}, dead, s.head - i - 1};
  }
  return {};
}

}  // namespace

void call_roll(ring const& r, channel_sample& s) {
  auto const used = std::min(r.words().places.word.load(std::memory_order_acquire), r.geometry().slots);
  for (std::uint32_t i = 0; i < used; ++i) {
    if (auto p = look_at(r, s, i)) s.participants.push_back(std::move(*p));
  }
  if (s.status != status::ok) return;
  find_slowest(r, s);
  if (r.geometry().has_many_publishers()) s.held_up_by = oldest_claim(r, s);
}

}  // namespace quoit::ring
