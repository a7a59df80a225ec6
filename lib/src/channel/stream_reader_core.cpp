// SPDX-License-Identifier: BSL-1.0
#include "channel/stream_reader_core.hpp"

#include <algorithm>
#include <cstring>

#include "channel/chunk.hpp"
#include "system/fail.hpp"
#include "wait/descriptor_wait.hpp"

namespace quoit::detail {

stream_reader_core::stream_reader_core(std::shared_ptr<attachment> a, subscriber_options const& options)
    : subscriber_role(std::move(a), options),
      consumer_(attachment_->shared(), place_, data_->base()),
      copy_(is_lossy() ? chunk_of(attachment_->shared().geometry().capacity) : 0) {
  join(options.start);
}

void stream_reader_core::join(start_point where) {
  auto const s = consumer_.start(where);
  if (s == status::lost) refuse_start(where, consumer_.held());
  if (s != status::ok) refuse_corrupt();
}

void stream_reader_core::rewind(start_point where) {
  check_start(*attachment_, where);
  if (!place_.go_back()) {
    fail(errc::detached, {.doing = "rewind a reader", .name = attachment_->name(), .found = "evicted by its writer"});
  }
  // Leaving and joining again: what was kept for us until now may go in between.
  auto const s = consumer_.start(where);
  if (s != status::ok) consumer_.go_on();
  if (s == status::lost) refuse_start(where, consumer_.held());
  if (s != status::ok) refuse_corrupt();
}

/// What is next, with losses counted.
status stream_reader_core::next(std::uint64_t at_least) noexcept {
  auto const s = consumer_.look(at_least);
  if (s == status::lost) count_lost(consumer_.last_loss().bytes);
  return s;
}

status stream_reader_core::note_loss() noexcept {
  auto const s = consumer_.note_loss();
  if (s == status::lost) count_lost(consumer_.last_loss().bytes);
  return s;
}

stream_view stream_reader_core::view(status s) const noexcept {
  return {s, {consumer_.here(), static_cast<std::size_t>(consumer_.unread())}};
}

stream_view stream_reader_core::data(std::size_t at_least, std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (is_waiting()) return {status::busy, {}};
  if (at_least > attachment_->shared().geometry().capacity) return {status::too_big, {}};
  wanted_ = std::max<std::size_t>(at_least, 1);
  auto const s = next(wanted_);
  return view(s == status::timeout ? wait_for_data(timeout, how) : s);
}

stream_view stream_reader_core::try_data(std::size_t at_least) noexcept {
  if (is_waiting()) return {status::busy, {}};
  if (at_least > attachment_->shared().geometry().capacity) return {status::too_big, {}};
  wanted_ = std::max<std::size_t>(at_least, 1);
  auto const s = next(wanted_);
  return view(s == status::timeout ? waiter_.look_again(*this) : s);
}

status stream_reader_core::consume(std::size_t size) noexcept {
  if (size > consumer_.unread()) return status::too_big;
  if (size == 0) return status::ok;
  consumer_.consume(size);
  count(size);
  return status::ok;
}

transfer stream_reader_core::read(std::span<std::byte> into, std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (into.empty()) return {status::ok, 0, 0};
  auto const unread = data(1, timeout, how);
  if (!unread) return {unread.status, 0, 0};
  auto const n = std::min(into.size(), unread.bytes.size());
  std::memcpy(into.data(), unread.bytes.data(), n);
  if (is_lossy() && !consumer_.is_kept()) return {note_loss(), 0, 0};
  if (!is_undisturbed()) return {taken_away(), 0, 0};  // and what was copied may have been written over meanwhile
  consume(n);
  return {status::ok, n, 0};
}

transfer stream_reader_core::write_to(int fd, std::size_t most, std::chrono::nanoseconds timeout,
                                      waiting how) noexcept {
  auto const chunk = chunk_of(attachment_->shared().geometry().capacity);
  sys::fd_port out(fd, sys::fd_port::use::write);
  sys::deadline const limit(timeout);
  bool const may_end = timeout > std::chrono::nanoseconds::zero();  // with 0: all that can be had without waiting
  transfer done{status::ok, 0, 0};
  while (done.count < most && done.status == status::ok) {
    auto const unread = data(1, limit.left(), how);
    done.status = unread ? wait::await_descriptor(out, waiter_, limit) : unread.status;
    if (done.status != status::ok) break;
    auto piece = unread.bytes.first(std::min({unread.bytes.size(), chunk, most - done.count}));
    if (is_lossy()) {
      std::memcpy(copy_.data(), piece.data(), piece.size());
      piece = {copy_.data(), piece.size()};
      if (!consumer_.is_kept()) {
        done.status = note_loss();
        break;
      }
    }
    auto const put = out.write_some(piece);
    if (put.status == status::interrupted) continue;  // by a signal; if it meant us, the next wait tells
    if (!is_undisturbed()) {                          // what was written may have been written over meanwhile
      done.status = taken_away();
      break;
    }
    consume(put.count);
    done = {put.status, done.count + put.count, put.error};
    if (done && done.count < most && may_end && limit.is_over()) done.status = status::timeout;
  }
  return done;
}

std::uint64_t stream_reader_core::lag() const noexcept {
  auto const& r = attachment_->shared();
  auto const head = r.words().next.word.load(std::memory_order_relaxed);
  return head > position() ? std::min(head - position(), r.geometry().capacity) : 0;
}

status stream_reader_core::look(bool) noexcept { return judge(next(wanted_)); }

}  // namespace quoit::detail
