// SPDX-License-Identifier: BSL-1.0
#include "ring/level.hpp"

#include <algorithm>

#include "ring/claims.hpp"
#include "system/calls.hpp"
#include "system/step.hpp"

namespace quoit::ring {

using segment::record_state;

namespace {

constexpr int most_rounds = 16;
constexpr std::uint64_t newest_to_try = 16;

/// The commit of the newest record that is there.
std::int64_t newest_time(ring const& r, std::uint64_t floor, std::uint64_t head) noexcept {
  if (!r.keeps_times()) return 0;
  for (auto i = head; i > floor && head - i < newest_to_try; --i) {
    if (r.claimed(i - 1).state == record_state::committed) return r.time_of(i - 1).load(std::memory_order_relaxed);
  }
  return 0;
}

void fill_bounds(ring const& r, channel_level& l) noexcept {
  auto const& g = r.geometry();
  l.records = l.head - l.floor;
  l.bytes = l.head_position - l.floor_position;
  bool const possible = l.head >= l.floor && l.head_position >= l.floor_position && l.head <= last_sequence &&
                        l.bytes <= g.capacity && (g.is_stream() || l.records <= g.records);
  l.status = possible ? status::ok : status::corrupt;
  if (!possible) l.records = l.bytes = 0;
  // Which share is the larger one, as products of numbers that may be too long for 64 bits.
  l.limited_by_records = !g.is_stream() && static_cast<double>(l.records) * static_cast<double>(g.capacity) >
                                               static_cast<double>(l.bytes) * static_cast<double>(g.records - 1);
}

status find_level_of_stream(ring const& r, channel_level& l) noexcept {
  auto const& words = r.words();
  l.floor = words.floor.word.load(std::memory_order_acquire);
  l.head = words.next.word.load(std::memory_order_acquire);  // SYNC: advance -> head
  QUOIT_STEP(level_looked);
  if (l.floor <= last_sequence && !is_still_kept(r, l.floor)) return status::timeout;
  // A writer that has prepared the whole ring keeps nothing.
  l.floor_position = l.floor = std::min(l.floor, l.head);
  l.head_position = l.head;
  fill_bounds(r, l);
  return l.status;
}

status find_level_of_messages(ring const& r, channel_level& l, budget& b) noexcept {
  l.floor = r.words().floor.word.load(std::memory_order_acquire);  // SYNC: floor -> find_frontier
  if (l.floor == 0 || l.floor > last_sequence) return status::corrupt;
  l.floor_position = start_of(r, l.floor);
  auto const head = find_head(r, b);
  if (!head) return b.is_spent() ? status::timeout : status::corrupt;
  l.head = head->sequence;
  l.head_position = head->position;
  l.newest_time = newest_time(r, l.floor, l.head);
  QUOIT_STEP(level_looked);
  // If the floor is where it was, nobody has gone around: all of that was of this lap.
  if (!is_still_kept(r, l.floor)) return status::timeout;
  fill_bounds(r, l);
  return l.status;
}

}  // namespace

bool is_still_kept(ring const& r, std::uint64_t sequence) noexcept {
  // SYNC: floor -> is_kept. Our reads come before this fence; a publisher's fence stands between the floor and what it
  // writes over.
  std::atomic_thread_fence(std::memory_order_acquire);
  return r.words().floor.word.load(std::memory_order_relaxed) <= sequence;
}

std::optional<frontier> find_head(ring const& r, budget& b) noexcept {
  for (std::uint64_t least = 1; !b.is_spent();) {
    // SYNC: floor -> find_frontier. The hint is a plain store; the floor is always true.
    auto const floor = r.words().floor.word.load(std::memory_order_acquire);
    auto const hint = r.words().next.word.load(std::memory_order_relaxed);
    if (floor < least || floor > last_sequence) return {};
    auto i = hint > floor && hint - floor <= r.geometry().records ? hint : floor;
    if (i > floor && r.claimed(i - 1).state == record_state::never) i = floor;
    least = floor_if_lapped_at(i);  // after a whole lap of claims
    std::uint64_t steps = 0;
    for (; steps <= r.geometry().records; ++steps, ++i) {
      auto const w = segment::unpack_record(r.record(i).a.load(std::memory_order_acquire));
      auto const ahead = r.laps_ahead(w, i);
      if (ahead > 0) {  // lapped: start again
        least = floor_if_lapped_at(i);
        break;
      }
      if (ahead == 0 && w.state != record_state::never) continue;
      b.spend(steps + 1);
      // Of a claim that nobody has helped yet the end is that of an earlier lap, and smaller. Nobody claims behind it.
      auto const position = start_of(r, i);
      return frontier{i, i > floor ? std::max(position, start_of(r, i - 1)) : position};
    }
    b.spend(steps + 1);
  }
  return {};
}

channel_level level_of(ring const& r) noexcept {
  channel_level l{};
  budget b(r);
  for (int round = 0; round < most_rounds; ++round) {
    l.time = sys::monotonic_now();
    l.retired = r.words().retired.word.load(std::memory_order_acquire) != 0;  // SYNC: retire -> retired
    l.ends = r.words().ends.word.load(std::memory_order_acquire);
    l.status = r.is_lost()                ? status::corrupt
               : r.geometry().is_stream() ? find_level_of_stream(r, l)
                                          : find_level_of_messages(r, l, b);
    if (l.status != status::timeout) break;
  }
  return l;
}

}  // namespace quoit::ring
