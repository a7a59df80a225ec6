// SPDX-License-Identifier: BSL-1.0
#include "channel/subscriber_core.hpp"

#include <algorithm>
#include <cstring>

#include "ring/budget.hpp"
#include "ring/introduction.hpp"
#include "system/fail.hpp"

namespace quoit::detail {

namespace {

constexpr std::uint64_t poll_steps_per_ring = 8;
constexpr std::size_t polled_without_hint = 32;
constexpr std::uint64_t losing_round = 500;  // of one who conflates: what it is worth, so that there are 100 at least

}  // namespace

subscriber_core::subscriber_core(std::shared_ptr<attachment> a, subscriber_options const& options)
    : subscriber_role(std::move(a), options),
      consumer_(attachment_->shared(), place_, data_->base()),
      conflates_(options.conflate) {
  join(options.start);
}

void subscriber_core::join(start_point where) {
  auto const s = consumer_.start(where);
  if (s == status::lost) refuse_start(where, consumer_.held());
  if (s != status::ok) refuse_corrupt();
  cursor_ = consumer_.sequence();
}

void subscriber_core::rewind(start_point where) {
  constexpr auto* doing = "rewind a subscriber";
  check_start(*attachment_, where);
  if (is_polling() || first_view_ != next_view_) {
    fail(errc::busy, {.doing = doing,
                      .name = attachment_->name(),
                      .expected = "no views",
                      .found = is_polling() ? "a poll in progress" : std::to_string(next_view_ - first_view_),
                      .advice = "release them first"});
  }
  auto const before = consumer_;
  if (!place_.go_back()) {
    fail(errc::detached, {.doing = doing, .name = attachment_->name(), .found = "evicted by a publisher"});
  }
  // Leaving and joining again: what was kept for us until now may go in between.
  auto s = consumer_.start(where);
  auto const held = consumer_.held();
  if (s != status::ok && consumer_.go_on_as(before) != status::ok) s = status::corrupt;
  cursor_ = consumer_.sequence();
  if (s == status::lost) refuse_start(where, held);
  if (s != status::ok) refuse_corrupt();
}

status subscriber_core::after_look(status s, bool thorough) noexcept {
  // One that wants the newest goes on at once. The floor only grows, so this ends; but for a peer that writes at
  // random.
  if (s == status::lost && conflates_) {
    for (ring::budget b(attachment_->shared()); s == status::lost && !b.is_spent();) {
      count_lost(consumer_.last_loss().last - consumer_.last_loss().first + 1);
      auto const from = consumer_.sequence();
      s = consumer_.look(thorough);
      // Those discarded that it has passed over on the way.
      b.spend(losing_round + (s == status::lost ? consumer_.last_loss().first - from : 0));
    }
  }
  if (s == status::ok && conflates_) consumer_.skip_to_newest();
  // Discarded records that were passed over on the way to nothing are given back, or they would hold publishers up for
  // as long as nothing else comes.
  if (s == status::timeout) move_cursor();
  if (s == status::lost) {
    auto const& l = consumer_.last_loss();
    count_lost(l.last - l.first + 1);
  }
  return s;
}

publisher_id subscriber_core::publisher_of(std::uint64_t sequence) const noexcept {
  auto const w = attachment_->shared().claimed(sequence);
  return w.state == segment::record_state::never ? publisher_id{} : publisher_id{w.slot, w.generation};
}

std::string subscriber_core::label_of(publisher_id const& who) const {
  auto const& r = attachment_->shared();
  if (who.slot >= r.geometry().publishers) return {};
  auto const& s = r.place(who.slot);
  auto const is_there = [&] {
    auto const id = segment::unpack_identity(s.identity.load(std::memory_order_acquire));
    return id.state == segment::place_state::live && (id.generation & 0x7FFU) == who.generation;
  };
  if (!is_there()) return {};
  auto label = ring::label_of(s);
  return is_there() ? label : std::string();
}

received subscriber_core::receive_into(std::span<std::byte> into, std::chrono::nanoseconds timeout,
                                       waiting how) noexcept {
  if (is_waiting()) return {status::busy};
  auto s = next(false);
  if (s == status::timeout) s = wait_for_data(timeout, how);
  if (s != status::ok) return {s};
  auto const before = consumer_;
  ring::record_view v{};
  if (s = consumer_.take(v); s == status::ok) {
    received r{status::ok, v.size, v.sequence, v.time, v.index, v.tag};
    if (v.size > into.size()) {
      consumer_ = before;
      r.status = status::too_big;
      return r;
    }
    if (v.size > 0) std::memcpy(into.data(), v.data, v.size);
    if (is_lossy() && !consumer_.is_kept(v.sequence)) {
      consumer_ = before;
      s = consumer_.note_loss();
    } else {
      if (!is_undisturbed()) return {taken_away()};
      count(v.size);
      move_cursor();
      return r;
    }
  }
  if (s == status::lost) count_lost(consumer_.last_loss().last - consumer_.last_loss().first + 1);
  return {s};
}

message subscriber_core::receive(std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (is_waiting()) return message(status::busy);
  if (next_view_ - first_view_ == most_views) return message(status::too_many);
  auto s = next(false);
  if (s == status::timeout) s = wait_for_data(timeout, how);
  return s == status::ok ? take_view() : message(s);
}

message subscriber_core::try_receive() noexcept {
  if (is_waiting()) return message(status::busy);
  if (next_view_ - first_view_ == most_views) return message(status::too_many);
  auto s = next(false);
  if (s == status::timeout) s = waiter_.look_again(*this);
  return s == status::ok ? take_view() : message(s);
}

message subscriber_core::take_view() noexcept {
  ring::record_view v{};
  if (auto const s = take(v); s != status::ok) return message(s);
  sequence_of_view_[next_view_ % most_views] = v.sequence;
  return {*this, v, next_view_++, false};
}

void subscriber_core::give_back(std::uint32_t number) noexcept {
  if (number == first_view_ && released_ == 0) {
    ++first_view_;
  } else {
    released_ |= std::uint64_t{1} << number % most_views;
    while (first_view_ != next_view_ && (released_ >> first_view_ % most_views & 1U) != 0) {
      released_ &= ~(std::uint64_t{1} << first_view_ % most_views);
      ++first_view_;
    }
  }
  move_cursor();
  leave_if_done();
}

std::uint64_t subscriber_core::oldest_needed() const noexcept {
  auto const next = first_view_ == next_view_ ? consumer_.sequence() : sequence_of_view_[first_view_ % most_views];
  return std::min(next, polling_from_);
}

void subscriber_core::move_cursor() noexcept {
  auto const oldest = oldest_needed();
  if (oldest != cursor_ && place_.is_live()) consumer_.release_until(oldest);
  cursor_ = oldest;
}

poll_result subscriber_core::poll(void (*call)(void*, message const&), void* context) {
  if (is_polling() || is_waiting()) return {status::busy, 0};
  auto const& g = attachment_->shared().geometry();
  // Where to stop if more come all the time. The shared hint may be anything, so the number of records is bounded by
  // what the ring can hold. It is about to be written, so one who soon finds nothing more does not look at it.
  auto const begin = consumer_.sequence();
  auto stop = begin + g.records;
  auto const stop_by_hint = [&] {
    auto const head = attachment_->shared().words().next.word.load(std::memory_order_relaxed);
    stop = std::min(stop, std::max(head, consumer_.sequence()));  // which may be beyond it by now
  };
  poll_result result{status::ok, 0};

  struct hold {  // the poll keeps what it has not released yet, and itself alive, whatever fn does
    subscriber_core* core;
    ~hold() {
      if (!core->is_own()) return;  // fn forked, and this is the child
      core->polling_from_ = not_polling;
      core->move_cursor();
      core->leave_if_done();
    }
  };
  polling_from_ = begin;
  hold const guard{this};
  auto released = consumer_.position();
  auto const begin_position = consumer_.position();
  while (open_ && consumer_.sequence() < stop && consumer_.position() - begin_position <= g.capacity) {
    auto s = next(false);
    if (s == status::timeout && result.count == 0) s = waiter_.look_again(*this);
    if (s == status::timeout) break;
    ring::record_view v{};
    if (s == status::ok) s = take(v);
    if (s != status::ok) {
      result.status = s;
      break;
    }
    if (++result.count == polled_without_hint) stop_by_hint();
    call(context, message(*this, v, 0, true));
    if (!is_own()) return {status::forked, result.count};
    if ((consumer_.position() - released) * poll_steps_per_ring >= g.capacity ||
        (consumer_.sequence() - polling_from_) * poll_steps_per_ring >= g.records) {
      polling_from_ = consumer_.sequence();
      released = consumer_.position();
      move_cursor();
    }
  }
  return result;
}

std::uint64_t subscriber_core::lag() const noexcept {
  auto const& r = attachment_->shared();
  auto const head = r.words().next.word.load(std::memory_order_relaxed);
  auto const oldest = oldest_needed();
  return head > oldest ? std::min(head - oldest, r.geometry().records) : 0;
}

status subscriber_core::look(bool thorough) noexcept { return judge(next(thorough)); }

void subscriber_core::close() noexcept {
  open_ = false;
  end_life();
  leave_if_done();
}

void subscriber_core::leave_if_done() noexcept {
  if (!open_ && !is_polling() && first_view_ == next_view_) delete this;
}

}  // namespace quoit::detail
