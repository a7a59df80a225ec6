// SPDX-License-Identifier: BSL-1.0
#include "channel/stream_writer_core.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "channel/chunk.hpp"
#include "ring/ends.hpp"
#include "system/fail.hpp"
#include "wait/descriptor_wait.hpp"

namespace quoit::detail {

stream_writer_core::stream_writer_core(std::shared_ptr<attachment> a, publisher_options const& options)
    : publisher_role(std::move(a), options), producer_(attachment_->shared(), place_, data_->base()) {
  switch (producer_.start()) {
    case status::ok: break;
    case status::busy: refuse_busy();
    default: refuse_corrupt();
  }
  if (!place_.go_live()) refuse_corrupt();
}

void stream_writer_core::refuse_busy() const {
  std::string who = "none that is alive now: try again";
  auto fewest = ring::ends_met::none;
  for (auto const& p : attachment_->participants(true)) {
    auto const met = attachment_->shared().place(p.slot).ends_met.load(std::memory_order_relaxed);
    if (met >= fewest) continue;
    fewest = met;
    who = fmt::format("pid {} ('{}'), {} bytes behind", p.pid, p.label, p.lag);
  }
  fail(errc::busy, {.name = attachment_->name(),
                    .expected = fmt::format("readers who have met the end of the writer before the last {}, or it "
                                            "would be forgotten",
                                            ring::readable_ends),
                    .found = who,
                    .advice = "let it read on, or close it"});
}

stream_room stream_writer_core::prepare(std::size_t least, std::size_t most, patience p,
                                        std::chrono::nanoseconds timeout, waiting how) noexcept {
  prepared_ = 0;
  if (least > attachment_->shared().geometry().capacity) return {status::too_big, {}};
  if (attachment_->shared().is_lost()) return {status::corrupt, {}};
  auto const wish = std::min<std::size_t>(most, attachment_->shared().geometry().capacity);
  if (producer_.room() < wish && is_ousted()) return {status::corrupt, {}};
  if (producer_.room() < wish && !producer_.make_room(least, wish)) {
    wanted_ = least;
    wish_ = wish;
    if (auto const s = wait_for_space(p, timeout, how); s != status::ok) return {s, {}};
  }
  prepared_ = std::min<std::size_t>(most, producer_.room());
  return {status::ok, {producer_.here(), prepared_}};
}

stream_commit stream_writer_core::commit(std::size_t size) noexcept {
  if (size > prepared_) return {status::too_big, producer_.position()};
  prepared_ -= size;
  if (size > 0) producer_.commit(size);
  if (attachment_->shared().is_lost()) return {status::corrupt, producer_.position()};
  return {status::ok, producer_.position()};
}

transfer stream_writer_core::write(std::span<std::byte const> bytes, std::chrono::nanoseconds timeout,
                                   waiting how) noexcept {
  auto const chunk = chunk_of(attachment_->shared().geometry().capacity);
  sys::deadline const limit(timeout);
  transfer done{status::ok, 0, 0};
  while (done.count < bytes.size()) {
    auto const room = prepare(1, std::min(chunk, bytes.size() - done.count), patience::wait, limit.left(), how);
    if (!room) {
      done.status = room.status;
      break;
    }
    std::memcpy(room.bytes.data(), bytes.data() + done.count, room.bytes.size());
    commit(room.bytes.size());
    done.count += room.bytes.size();
  }
  return done;
}

transfer stream_writer_core::read_from(int fd, std::size_t most, std::chrono::nanoseconds timeout,
                                       waiting how) noexcept {
  auto const chunk = chunk_of(attachment_->shared().geometry().capacity);
  sys::fd_port in(fd, sys::fd_port::use::read);
  sys::deadline const limit(timeout);
  bool const may_end = timeout > std::chrono::nanoseconds::zero();  // with 0: all that can be had without waiting
  transfer done{status::ok, 0, 0};
  while (done.count < most && done.status == status::ok) {
    auto const room = prepare(1, std::min(chunk, most - done.count), patience::wait, limit.left(), how);
    done.status = room ? wait::await_descriptor(in, waiter_, limit) : room.status;
    if (done.status != status::ok) break;
    auto const got = in.read_some(room.bytes);
    if (got.status == status::interrupted) continue;  // by a signal; if it meant us, the next wait tells
    commit(got.count);
    done = {got.status, done.count + got.count, got.error};
    if (done && done.count < most && may_end && limit.is_over()) done.status = status::timeout;
  }
  prepared_ = 0;
  return done;
}

bool stream_writer_core::is_ousted() noexcept {
  if (place_.is_live()) return false;
  producer_.stop();
  return true;
}

status stream_writer_core::look(bool) noexcept {
  if (attachment_->shared().is_lost() || is_ousted()) return status::corrupt;
  if (producer_.make_room(wanted_, wish_)) return status::ok;
  return attachment_->retired() ? status::retired : status::timeout;
}

}  // namespace quoit::detail
