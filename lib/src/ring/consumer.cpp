// SPDX-License-Identifier: BSL-1.0
#include "ring/consumer.hpp"

#include <algorithm>

#include "ring/claims.hpp"
#include "ring/signals.hpp"
#include "system/step.hpp"

namespace quoit::ring {

using segment::record_state;

namespace {

constexpr int most_rounds = 100;
constexpr std::uint64_t newest_to_try = 16;

/// The first number that nobody has claimed.
std::optional<frontier> find_next(ring const& r) noexcept {
  budget b(r);
  return r.geometry().has_many_publishers() ? find_claim_point(r, b) : find_frontier(r, b);
}

}  // namespace

status consumer::start(start_point where) noexcept {
  // Before it is live: who waits for it, publishes then, and perhaps ends, has done so behind this.
  bool const is_about_now = where.kind == quoit::start::next || where.kind == quoit::start::latest;
  auto const now = is_about_now ? find_next(*ring_) : std::nullopt;
  auto const ends = ends_.counted();
  auto& floor = ring_->words().floor.word;
  auto& cursor = own_->shared().cursor;
  auto first = floor.load(std::memory_order_acquire);  // SYNC: floor -> joining
  cursor.store(first, std::memory_order_relaxed);      // made visible by going live
  QUOIT_STEP(join_cursor_set);
  if (!own_->go_live()) return status::corrupt;
  for (int round = 0; round < most_rounds; ++round) {
    // The second look, behind the fence of go_live. Either a publisher saw our cursor and stays behind it, or this sees
    // the floor that it moved without us.
    first = std::max(first, floor.load(std::memory_order_acquire));
    QUOIT_STEP(join_looked_again);
    sequence_ = first;
    if (first == 0 || first > last_sequence) return status::corrupt;
    auto const found = find_start(where, now);
    // Nobody waits for a lossy one: what was found may be gone by now, and looked impossible for that reason.
    if (is_lossy() && !is_kept(found == status::ok ? sequence_ : first)) continue;
    if (found != status::ok) return found;
    cursor.store(sequence_, std::memory_order_release);  // SYNC: release -> smallest_cursor
    ends_.start(sequence_, ends);
    signal_space(*ring_);
    return status::ok;
  }
  return status::corrupt;
}

status consumer::go_on_as(consumer const& before) noexcept {
  // start() has gone live, with a cursor at the floor that it saw or before: from there on nothing is given up.
  auto const first = sequence_;
  *this = before;
  auto s = status::ok;
  if (!is_lossy() && sequence_ < first) {
    auto const position = start_of(*ring_, first);
    if (first > last_sequence || !is_start(position)) {
      s = status::corrupt;
    } else {
      move_to(first, position);
    }
  }
  if (own_->is_live()) own_->shared().cursor.store(sequence_, std::memory_order_release);
  signal_space(*ring_);
  return s;
}

status consumer::find_start(start_point where, std::optional<frontier> const& now) noexcept {
  auto first = sequence_;
  held_ = {first, first};
  if (where.kind != quoit::start::oldest) {
    auto const at = find_next(*ring_);
    if (!at || at->sequence < first) return status::corrupt;
    held_.last = at->sequence;
    auto const next = now ? std::clamp(now->sequence, first, at->sequence) : at->sequence;
    switch (where.kind) {
      case quoit::start::sequence:
        if (where.value < first || where.value > at->sequence) return status::lost;
        first = where.value;
        break;
      case quoit::start::time: return find_time(first, at->sequence, static_cast<std::int64_t>(where.value));
      case quoit::start::latest: first = std::max(first, next - 1); break;
      default: first = next; break;
    }
  }
  auto const position = start_of(*ring_, first);
  if (!is_start(position)) return status::corrupt;
  move_to(first, position);
  return status::ok;
}

/// The first record that was committed at that time or later, or will be.
status consumer::find_time(std::uint64_t first, std::uint64_t next, std::int64_t time) noexcept {
  for (std::uint64_t steps = 0; steps <= ring_->geometry().records && first < next; ++steps, ++first) {
    auto const state = ring_->claimed(first).state;
    bool const reserved = state == record_state::reserved && ring_->geometry().has_many_publishers();
    if (reserved && !is_stamped(*ring_, first, start_of(*ring_, first))) break;
    if (!reserved && state != record_state::committed) continue;
    if (ring_->time_of(first).load(std::memory_order_relaxed) >= time) break;
  }
  auto const position = start_of(*ring_, first);
  if (!is_start(position)) return status::corrupt;
  move_to(first, position);
  return status::ok;
}

/// Whether a record can start there: its payload would be aligned as the rules say.
bool consumer::is_start(std::uint64_t position) const noexcept {
  return ((position + segment::prefix_bytes) & (ring_->geometry().alignment - 1)) == 0;
}

bool consumer::is_kept(std::uint64_t sequence) const noexcept {
  // SYNC: floor -> is_kept. Our reads come before this fence; a publisher's fence stands between the floor and what it
  // writes over. If we have read a byte of that, we see the floor.
  std::atomic_thread_fence(std::memory_order_acquire);
  return ring_->words().floor.word.load(std::memory_order_relaxed) <= sequence;
}

bool consumer::is_overrun() const noexcept {
  return is_lossy() && ring_->words().floor.word.load(std::memory_order_relaxed) > sequence_;
}

status consumer::note_loss() noexcept {
  for (int round = 0; round < most_rounds; ++round) {
    auto const floor = ring_->words().floor.word.load(std::memory_order_acquire);  // SYNC: floor -> find_frontier
    if (floor <= sequence_ || floor > last_sequence) return status::corrupt;
    auto const position = start_of(*ring_, floor);
    if (!is_kept(floor)) continue;
    if (!is_start(position)) return status::corrupt;
    loss_ = {sequence_, floor - 1, position - position_};
    move_to(floor, position);
    QUOIT_STEP(loss_noted);
    return status::lost;
  }
  return status::timeout;  // it goes on so fast that nothing can be read: not a fault, and nothing either
}

/// After something was read that makes no sense: has somebody written over it who may?
status consumer::what_is_wrong() noexcept {
  if (is_lossy() && !is_kept(sequence_)) return note_loss();
  // SYNC: identity -> is_undisturbed. Who has lost its place finds what others have written over it.
  std::atomic_thread_fence(std::memory_order_acquire);
  return own_->is_live() ? status::corrupt : status::evicted;
}

status consumer::look_further(bool thorough) noexcept {
  // SYNC: stamp -> look. Payload, prefix, and the ends that were counted before it are seen.
  auto const stamp = stamp_of(here()).load(std::memory_order_acquire);
  if ((stamp | segment::stamp_last) == expected_stamp_) {
    if (is_overrun()) return note_loss();
    if (index_ == 0 && ends_.are_ahead()) [[unlikely]] {
      if (auto const s = ends_.meet(sequence_); s != status::ok) return own_->is_live() ? s : status::evicted;
    }
    return own_->is_live() ? status::ok : status::evicted;
  }
  // These change so rarely that looking at them costs nothing. With one publisher the descriptor's line is another
  // matter: it is about to write it. With many a record may be aborted, which only the descriptor tells.
  bool const news = ends_.are_ahead() || ring_->words().retired.word.load(std::memory_order_relaxed) != 0 ||
                    ring_->is_lost() || is_overrun();
  return thorough || news || index_ > 0 || ring_->geometry().has_many_publishers() ? look_closely() : status::timeout;
}

bool consumer::has_news() const noexcept {
  if (index_ > 0 || ends_.stands_at(sequence_) || ring_->is_lost() || is_overrun() || !own_->is_live()) return true;
  if (ring_->words().retired.word.load(std::memory_order_acquire) != 0) return true;  // SYNC: retire -> retired
  auto const stamp = stamp_of(here()).load(std::memory_order_acquire);                // SYNC: stamp -> look
  if ((stamp | segment::stamp_last) == expected_stamp_) return true;
  // SYNC: commit -> look
  auto const w = segment::unpack_record(ring_->record(sequence_).a.load(std::memory_order_acquire));
  auto const ahead = ring_->laps_ahead(w, sequence_);
  return ahead > 0 || (ahead == 0 && w.state != record_state::reserved && w.state != record_state::never);
}

status consumer::look_closely() noexcept {
  if (ring_->is_lost()) return status::corrupt;
  // At most D aborted records in a row can be passed over.
  for (std::uint64_t steps = 0; steps <= ring_->geometry().records; ++steps) {
    if (is_overrun()) return note_loss();
    // Within a batch: it was committed as a whole, so the next of its records has its stamp.
    if (index_ > 0) return own_->is_live() ? status::corrupt : status::evicted;
    // The ends first: an end that is counted says that all records before it are there.
    bool const end_waits = ends_.are_ahead();
    // And the retirement: who answers so has looked for a record after it.
    bool const retired = ring_->words().retired.word.load(std::memory_order_acquire) != 0;  // SYNC: retire -> retired
    // SYNC: commit -> look. The descriptor is the truth; an only publisher killed before the stamp leaves just this.
    auto const w = segment::unpack_record(ring_->record(sequence_).a.load(std::memory_order_acquire));
    auto const ahead = ring_->laps_ahead(w, sequence_);
    if (ahead > 0) {
      if (is_lossy()) return note_loss();
      return own_->is_live() ? status::corrupt : status::evicted;
    }
    auto const stamp = stamp_of(here()).load(std::memory_order_acquire);  // SYNC: stamp -> look
    bool const stamped = (stamp | segment::stamp_last) == expected_stamp_;
    bool const aborted = ahead == 0 && w.state == record_state::aborted;
    bool const there = stamped || aborted || (ahead == 0 && w.state == record_state::committed);
    if (end_waits) {
      if (auto const s = ends_.meet(sequence_); s != status::ok) return own_->is_live() ? s : status::evicted;
    }
    if (!own_->is_live()) return status::evicted;
    if (!there) return retired ? status::retired : status::timeout;
    if (!aborted) return status::ok;
    QUOIT_STEP(discard_met);
    auto const next = ring_->end_of(sequence_);
    if (is_lossy() && !is_kept(sequence_)) return note_loss();  // the end may be that of a later lap
    if (!is_start(next)) return what_is_wrong();
    move_to(sequence_ + 1, next);
  }
  return status::corrupt;
}

status consumer::take_carefully(record_view& view) noexcept {
  auto const& g = ring_->geometry();
  auto const p = read_prefix(here());
  if (p.length > g.max_payload) return what_is_wrong();
  auto const least = extent_of(*ring_, p.length);
  auto next = position_ + least;
  auto const stamp = stamp_of(here()).load(std::memory_order_relaxed);
  bool const announced = (stamp | segment::stamp_last) == expected_stamp_;
  // Without a stamp (its publisher was killed before it) the descriptor tells whether more of the same batch follow.
  bool const more = announced ? (stamp & segment::stamp_last) == 0 : !p.shrunk && next < ring_->end_of(sequence_);
  if (p.shrunk && !more) {
    next = ring_->end_of(sequence_);
    if (next - position_ < least) return what_is_wrong();
  }
  if (next - batch_start_ > g.capacity || !is_start(next)) return what_is_wrong();
  give(view, here(), p);
  if (is_lossy() && !is_kept(sequence_)) return note_loss();
  more ? move_to(sequence_, next, index_ + 1) : move_to(sequence_ + 1, next);
  return status::ok;
}

void consumer::skip_to_newest() noexcept {
  auto const hint = ring_->words().next.word.load(std::memory_order_relaxed);
  if (hint > sequence_ + 1 && hint - sequence_ <= ring_->geometry().records) {
    for (auto i = hint - 1; i > sequence_ && hint - i <= newest_to_try; --i) {
      if (ring_->claimed(i).state != record_state::committed) continue;
      auto const position = start_of(*ring_, i);
      if (!is_kept(i) || !is_start(position)) break;
      move_to(i, position);
      break;
    }
  }
  // Of a batch, the last one. Each step goes on by at least a prefix, so that it ends with the ring.
  auto last = *this;
  for (record_view v{}; last.take(v) == status::ok && last.sequence_ == sequence_;) {
    if (last.index_ == 0 || last.look(false) != status::ok) break;
    *this = last;
  }
}

void consumer::release_until(std::uint64_t sequence) noexcept {
  // SYNC: release -> smallest_cursor. Our reads of the bytes come before the publisher's next writes there.
  own_->shared().cursor.store(sequence, std::memory_order_release);
  if (is_lossy()) return;  // nobody waits for it
  QUOIT_STEP(cursor_moved);
  signal_space(*ring_, &own_->shared());
}

}  // namespace quoit::ring
