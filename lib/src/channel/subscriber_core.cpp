// SPDX-License-Identifier: BSL-1.0
#include "channel/subscriber_core.hpp"

#include <algorithm>

namespace quoit::detail {

namespace {

constexpr std::uint64_t poll_steps_per_ring = 8;

}  // namespace

subscriber_core::subscriber_core(std::shared_ptr<attachment> a, subscriber_options const& options)
    : subscriber_role(std::move(a), options), consumer_(attachment_->shared(), place_, data_->base()) {
  if (consumer_.start(options.start) != status::ok) refuse_corrupt();
  cursor_ = consumer_.sequence();
}

message subscriber_core::nothing(status s) noexcept {
  message m;
  m.status_ = s;
  return m;
}

message subscriber_core::receive(std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (next_view_ - first_view_ == most_views) return nothing(status::too_many);
  auto s = consumer_.look(false);
  if (s == status::timeout) {
    s = wait_for_data(timeout, how);
  }
  return s == status::ok ? take_view() : nothing(s);
}

message subscriber_core::try_receive() noexcept {
  if (next_view_ - first_view_ == most_views) return nothing(status::too_many);
  auto s = consumer_.look(false);
  if (s == status::timeout) s = waiter_.look_again(*this);
  return s == status::ok ? take_view() : nothing(s);
}

message subscriber_core::borrowed(ring::record_view const& v) noexcept {
  message m;
  m.owner_ = this;
  m.borrowed_ = true;
  m.data_ = v.data;
  m.size_ = v.size;
  m.sequence_ = v.sequence;
  m.time_ = v.time;
  m.tag_ = v.tag;
  m.status_ = status::ok;
  return m;
}

message subscriber_core::take_view() noexcept {
  ring::record_view v{};
  if (!consumer_.take(v)) return nothing(status::corrupt);
  count(v.size);
  auto m = borrowed(v);
  m.borrowed_ = false;
  m.place_ = next_view_;
  sequence_of_view_[next_view_ % most_views] = v.sequence;
  ++next_view_;
  return m;
}

void subscriber_core::give_back(std::uint32_t number) noexcept {
  released_ |= std::uint64_t{1} << number % most_views;
  while (first_view_ != next_view_ && (released_ >> first_view_ % most_views & 1U) != 0) {
    released_ &= ~(std::uint64_t{1} << first_view_ % most_views);
    ++first_view_;
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
  if (is_polling()) return {status::busy, 0};
  auto const& g = attachment_->shared().geometry();
  // Where to stop. The shared hint may be anything, so the number of records is bounded by what the ring can hold.
  auto const begin = consumer_.sequence();
  auto const head = attachment_->shared().words().next.word.load(std::memory_order_relaxed);
  auto const stop = std::clamp(head, begin + 1, begin + g.records);
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
  while (open_ && consumer_.sequence() < stop) {
    auto s = consumer_.look(false);
    if (s == status::timeout && result.count == 0) s = waiter_.look_again(*this);
    if (s == status::timeout) break;
    ring::record_view v{};
    if (s != status::ok || !consumer_.take(v)) {
      result.status = s != status::ok ? s : status::corrupt;
      break;
    }
    count(v.size);
    ++result.count;
    call(context, borrowed(v));
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

status subscriber_core::look(bool thorough) noexcept { return judge(consumer_.look(thorough)); }

void subscriber_core::close() noexcept {
  open_ = false;
  leave_if_done();
}

void subscriber_core::leave_if_done() noexcept {
  if (!open_ && !is_polling() && first_view_ == next_view_) delete this;
}

}  // namespace quoit::detail
