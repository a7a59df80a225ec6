// SPDX-License-Identifier: BSL-1.0
#include "quoit/stream_reader.hpp"

#include <utility>

#include "channel/stream_reader_core.hpp"
#include "system/fail.hpp"

namespace quoit {

using detail::stream_reader_core;

namespace {

/// `ok` if the role can be used here.
status usable(stream_reader_core const* core) noexcept {
  if (core == nullptr) return status::detached;
  return core->is_own() ? status::ok : status::forked;
}

}  // namespace

stream_reader::stream_reader(stream_reader&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}

stream_reader& stream_reader::operator=(stream_reader&& other) noexcept {
  if (this != &other) {
    close();
    core_ = std::exchange(other.core_, nullptr);
  }
  return *this;
}

stream_reader::~stream_reader() { close(); }

void stream_reader::close() noexcept {
  auto* const core = std::exchange(core_, nullptr);
  if (core != nullptr && core->is_own()) delete core;
}

stream_view stream_reader::data(std::size_t at_least, std::chrono::nanoseconds timeout, waiting how) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->data(at_least, timeout, how) : stream_view{s, {}};
}

stream_view stream_reader::try_data(std::size_t at_least) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->try_data(at_least) : stream_view{s, {}};
}

status stream_reader::consume(std::size_t size) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->consume(size) : s;
}

transfer stream_reader::read(std::span<std::byte> into, std::chrono::nanoseconds timeout, waiting how) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->read(into, timeout, how) : transfer{s, 0, 0};
}

transfer stream_reader::write_to(int fd, std::size_t most, std::chrono::nanoseconds timeout, waiting how) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->write_to(fd, most, timeout, how) : transfer{s, 0, 0};
}

bool stream_reader::whole() const noexcept { return usable(core_) == status::ok && core_->is_whole(); }

loss stream_reader::last_loss() const noexcept { return usable(core_) == status::ok ? core_->last_loss() : loss{}; }

void stream_reader::rewind(start_point where) {
  if (core_ == nullptr) fail(errc::detached, {.doing = "rewind a reader"});
  core_->channel().require_own();
  core_->rewind(where);
}

int stream_reader::event_fd() {
  if (core_ == nullptr) fail(errc::detached, {.doing = "make an event descriptor"});
  core_->channel().require_own();
  return core_->event_fd();
}

status stream_reader::arm() noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->arm() : s;
}

std::uint64_t stream_reader::lag() const noexcept { return usable(core_) == status::ok ? core_->lag() : 0; }

std::uint64_t stream_reader::position() const noexcept { return usable(core_) == status::ok ? core_->position() : 0; }

std::size_t stream_reader::capacity() const noexcept {
  return usable(core_) == status::ok ? core_->channel().shared().geometry().capacity : 0;
}

bool stream_reader::retired() const noexcept { return usable(core_) == status::ok && core_->channel().retired(); }

void stream_reader::interrupt() noexcept {
  if (usable(core_) == status::ok) core_->interrupt();
}

}  // namespace quoit
