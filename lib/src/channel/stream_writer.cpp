// SPDX-License-Identifier: BSL-1.0
#include "quoit/stream_writer.hpp"

#include <memory>
#include <utility>

#include "channel/stream_writer_core.hpp"

namespace quoit {

using detail::stream_writer_core;
using patience = stream_writer_core::patience;

namespace {

/// `ok` if the role can be used here.
status usable(stream_writer_core const* core) noexcept {
  if (core == nullptr) return status::detached;
  return core->is_own() ? status::ok : status::forked;
}

}  // namespace

stream_writer::stream_writer(stream_writer&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}

stream_writer& stream_writer::operator=(stream_writer&& other) noexcept {
  if (this != &other) {
    close();
    core_ = std::exchange(other.core_, nullptr);
  }
  return *this;
}

stream_writer::~stream_writer() { close(); }

void stream_writer::close() noexcept { end(false); }

void stream_writer::abandon() noexcept { end(true); }

void stream_writer::end(bool as_dead) noexcept {
  auto* const core = std::exchange(core_, nullptr);
  if (core == nullptr || !core->is_own()) return;
  core->end(as_dead ? segment::end_kind::died : segment::end_kind::closed);
  delete core;
}

stream_room stream_writer::prepare(std::size_t size, std::chrono::nanoseconds timeout, waiting how) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->prepare(size, size, patience::wait, timeout, how) : stream_room{s, {}};
}

stream_room stream_writer::try_prepare(std::size_t size) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->prepare(size, size, patience::none, {}, waiting::poll) : stream_room{s, {}};
}

stream_room stream_writer::prepare_some(std::size_t most, std::chrono::nanoseconds timeout, waiting how) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->prepare(1, most, patience::wait, timeout, how) : stream_room{s, {}};
}

stream_commit stream_writer::commit(std::size_t size) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->commit(size) : stream_commit{s, 0};
}

transfer stream_writer::write(std::span<std::byte const> bytes, std::chrono::nanoseconds timeout,
                              waiting how) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->write(bytes, timeout, how) : transfer{s, 0, 0};
}

transfer stream_writer::read_from(int fd, std::size_t most, std::chrono::nanoseconds timeout, waiting how) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->read_from(fd, most, timeout, how) : transfer{s, 0, 0};
}

bool stream_writer::evict(participant_info const& who) noexcept {
  return usable(core_) == status::ok && core_->evict(who.slot, who.generation);
}

std::size_t stream_writer::capacity() const noexcept {
  return usable(core_) == status::ok ? core_->channel().shared().geometry().capacity : 0;
}

std::uint64_t stream_writer::position() const noexcept { return usable(core_) == status::ok ? core_->position() : 0; }

std::vector<participant_info> stream_writer::readers() const {
  if (core_ == nullptr) return {};
  core_->channel().require_own();
  return core_->channel().participants(true);
}

status stream_writer::wait_for_readers(std::size_t count, std::chrono::nanoseconds timeout) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->wait_for_subscribers(count, timeout) : s;
}

bool stream_writer::retired() const noexcept { return usable(core_) == status::ok && core_->channel().retired(); }

void stream_writer::interrupt() noexcept {
  if (usable(core_) == status::ok) core_->interrupt();
}

}  // namespace quoit
