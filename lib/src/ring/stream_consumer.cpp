// SPDX-License-Identifier: BSL-1.0
#include "ring/stream_consumer.hpp"

#include <algorithm>

#include "ring/signals.hpp"
#include "system/step.hpp"

namespace quoit::ring {

status stream_consumer::start(start_point where) noexcept {
  auto& words = ring_->words();
  // Before it is live: who waits for it, writes then, and perhaps ends, has done so behind this.
  auto const now = words.next.word.load(std::memory_order_acquire);  // SYNC: advance -> head
  auto const ends = ends_.counted();
  auto& cursor = own_->shared().cursor;
  auto first = words.floor.word.load(std::memory_order_acquire);  // SYNC: floor -> joining
  cursor.store(first, std::memory_order_relaxed);                 // made visible by going live, as is the next one:
  own_->shared().ends_met.store(ends_met::none,
                                std::memory_order_relaxed);  // it misses none that are behind its cursor
  QUOIT_STEP(join_cursor_set);
  if (!own_->go_live()) return status::corrupt;
  // The second look, behind the fence of go_live. Either the writer saw our cursor and stays behind it, or this sees
  // the floor that it moved without us.
  first = std::max(first, words.floor.word.load(std::memory_order_acquire));
  QUOIT_STEP(join_looked_again);
  auto const head = words.next.word.load(std::memory_order_acquire);  // SYNC: advance -> head
  if (head > last_sequence) return status::corrupt;
  if (!is_lossy() && (head < first || head - first > ring_->geometry().capacity)) {
    if (own_->is_live()) return status::corrupt;
    first = head;  // evicted meanwhile, which the first look says
  }
  held_ = {std::min(first, head), head};
  if (where.kind == quoit::start::sequence && (where.value < held_.first || where.value > head)) return status::lost;
  unread_ = 0;
  position_ = where.kind == quoit::start::oldest     ? held_.first
              : where.kind == quoit::start::sequence ? where.value
                                                     : std::clamp(now, held_.first, head);
  cursor.store(position_, std::memory_order_release);  // SYNC: release -> smallest_cursor
  ends_.start(position_, ends);
  own_->shared().ends_met.store(ends_.met(), std::memory_order_release);  // SYNC: end met -> have_met
  signal_space(*ring_);
  return status::ok;
}

void stream_consumer::go_on() noexcept {
  // start() has gone live, with a cursor at the floor that it saw or before: from there on nothing is given up.
  if (!is_lossy() && position_ < held_.first) {
    position_ = held_.first;
    unread_ = 0;
  }
  if (own_->is_live()) {
    own_->shared().cursor.store(position_, std::memory_order_release);
    own_->shared().ends_met.store(ends_.met(), std::memory_order_release);
  }
  signal_space(*ring_);
}

bool stream_consumer::is_kept() const noexcept {
  // SYNC: floor -> is_kept. Our reads come before this fence; the writer's fence stands between the floor and what it
  // writes over.
  std::atomic_thread_fence(std::memory_order_acquire);
  return ring_->words().floor.word.load(std::memory_order_relaxed) <= position_;
}

status stream_consumer::note_loss() noexcept {
  auto const floor = ring_->words().floor.word.load(std::memory_order_acquire);  // SYNC: floor -> joining
  unread_ = 0;
  return floor <= position_ || floor > last_sequence ? status::corrupt : lose_until(floor);
}

status stream_consumer::lose_until(std::uint64_t position) noexcept {
  loss_ = {position_, position - 1, position - position_};
  position_ = position;
  unread_ = 0;
  own_->shared().cursor.store(position_, std::memory_order_relaxed);
  QUOIT_STEP(loss_noted);
  return status::lost;
}

status stream_consumer::look(std::uint64_t at_least) noexcept {
  auto const& words = ring_->words();
  // Before the head: who answers so has looked for bytes after it.
  bool const retired = words.retired.word.load(std::memory_order_acquire) != 0;  // SYNC: retire -> retired
  bool const end_waits = ends_.are_ahead();  // and this: bytes before an end that is counted are seen
  auto const head = words.next.word.load(std::memory_order_acquire);  // SYNC: advance -> head
  unread_ = head - position_;
  if (is_lossy()) {
    if (!is_kept()) return note_loss();
    // A span must not cross an end, and of those that are forgotten nobody knows where they were.
    if (auto const known = ends_.after_forgotten(); known && *known > position_) return lose_until(*known);
  }
  if (ring_->is_lost()) {
    unread_ = 0;
    return status::corrupt;
  }
  if (unread_ > ring_->geometry().capacity) {
    unread_ = 0;
    return own_->is_live() ? status::corrupt : status::evicted;
  }
  QUOIT_STEP(head_seen);
  bool whole = retired;  // whether no more bytes can join those that are there
  // Asked again, because the head may have shown bytes of a writer who came after an end.
  if (end_waits || ends_.are_ahead()) {
    auto const s = ends_.meet(position_);
    // Ends that were forgotten since we asked for them: the floor was moved to where they were.
    if (is_lossy() && !is_kept()) return note_loss();
    if (s != status::ok) {
      // SYNC: end met -> have_met. The entry was read before.
      own_->shared().ends_met.store(ends_.met(), std::memory_order_release);
      unread_ = 0;
      return own_->is_live() ? s : status::evicted;
    }
    if (ends_.next() != ends_met::none && ends_.next() - position_ <= unread_) {
      unread_ = ends_.next() - position_;
      whole = true;
    }
  }
  if (!own_->is_live()) {
    unread_ = 0;
    return status::evicted;
  }
  if (unread_ >= at_least || (whole && unread_ > 0)) return status::ok;
  return retired ? status::retired : status::timeout;
}

bool stream_consumer::has_news() const noexcept {
  auto const& words = ring_->words();
  if (ring_->is_lost() || !own_->is_live()) return true;
  if (words.retired.word.load(std::memory_order_acquire) != 0) return true;  // SYNC: retire -> retired
  // SYNC: advance -> head
  return words.next.word.load(std::memory_order_acquire) != position_ || ends_.stands_at(position_);
}

void stream_consumer::consume(std::uint64_t size) noexcept {
  position_ += size;
  unread_ -= size;
  // SYNC: release -> smallest_cursor. Our reads of the bytes come before the writer's next writes there.
  own_->shared().cursor.store(position_, std::memory_order_release);
  if (is_lossy()) return;  // nobody waits for it
  QUOIT_STEP(stream_consumed);
  signal_space(*ring_, &own_->shared());
}

}  // namespace quoit::ring
