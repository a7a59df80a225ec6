// SPDX-License-Identifier: BSL-1.0
#include "quoit/subscriber.hpp"

#include <utility>

#include "channel/subscriber_core.hpp"
#include "system/fail.hpp"

namespace quoit {

using detail::subscriber_core;

namespace {

/// `ok` if the role can be used here.
[[gnu::always_inline]] inline status usable(subscriber_core const* core) noexcept {
  if (core == nullptr) return status::detached;
  return core->is_own() ? status::ok : status::forked;
}

}  // namespace

// -- message -------------------------------------------------------------------------------------------------------

bool message::whole() const noexcept { return usable(owner_) == quoit::status::ok && owner_->is_whole(sequence_); }

publisher_id message::publisher() const noexcept {
  return usable(owner_) == quoit::status::ok ? owner_->publisher_of(sequence_) : publisher_id{};
}

void message::swap(message& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(sequence_, other.sequence_);
  std::swap(time_, other.time_);
  std::swap(tag_, other.tag_);
  std::swap(index_, other.index_);
  std::swap(place_, other.place_);
  std::swap(status_, other.status_);
  std::swap(borrowed_, other.borrowed_);
}

void message::give_back() noexcept {
  auto* const owner = std::exchange(owner_, nullptr);
  data_ = nullptr;
  size_ = 0;
  status_ = quoit::status::detached;
  if (!borrowed_ && owner->is_own()) owner->give_back(place_);
}

// -- subscriber ----------------------------------------------------------------------------------------------------

subscriber::subscriber(subscriber&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}

subscriber& subscriber::operator=(subscriber&& other) noexcept {
  if (this != &other) {
    close();
    core_ = std::exchange(other.core_, nullptr);
  }
  return *this;
}

subscriber::~subscriber() { close(); }

void subscriber::close() noexcept {
  auto* const core = std::exchange(core_, nullptr);
  if (core != nullptr && core->is_own()) core->close();
}

message subscriber::receive(std::chrono::nanoseconds timeout, waiting how) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->receive(timeout, how) : message(s);
}

message subscriber::try_receive() noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->try_receive() : message(s);
}

received subscriber::receive_into(std::span<std::byte> into, std::chrono::nanoseconds timeout, waiting how) noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->receive_into(into, timeout, how) : received{s};
}

loss subscriber::last_loss() const noexcept { return usable(core_) == status::ok ? core_->last_loss() : loss{}; }

std::string subscriber::label_of(publisher_id const& who) const {
  return usable(core_) == status::ok ? core_->label_of(who) : std::string();
}

void subscriber::rewind(start_point where) {
  constexpr auto* doing = "rewind a subscriber";
  if (core_ == nullptr) fail(errc::detached, {.doing = doing});
  core_->channel().require_own();
  core_->rewind(where);
}

poll_result subscriber::poll_with(void (*call)(void*, message const&), void* context) {
  auto const s = usable(core_);
  return s == status::ok ? core_->poll(call, context) : poll_result{s, 0};
}

int subscriber::event_fd() {
  if (core_ == nullptr) fail(errc::detached, {.doing = "make an event descriptor"});
  core_->channel().require_own();
  return core_->event_fd();
}

status subscriber::arm() noexcept {
  auto const s = usable(core_);
  return s == status::ok ? core_->arm() : s;
}

std::uint64_t subscriber::lag() const noexcept { return usable(core_) == status::ok ? core_->lag() : 0; }

std::uint64_t subscriber::position() const noexcept { return usable(core_) == status::ok ? core_->position() : 0; }

bool subscriber::retired() const noexcept { return usable(core_) == status::ok && core_->channel().retired(); }

void subscriber::interrupt() noexcept {
  if (usable(core_) == status::ok) core_->interrupt();
}

}  // namespace quoit
