// SPDX-License-Identifier: BSL-1.0
#include "quoit/publisher.hpp"

#include <cstring>
#include <utility>

#include "channel/publisher_core.hpp"

namespace quoit {

using detail::publisher_core;
using patience = publisher_core::patience;

namespace {

/// `ok` if the role can be used here.
[[gnu::always_inline]] inline status usable(publisher_core const* core) noexcept {
  if (core == nullptr) return status::detached;
  return core->is_own() ? status::ok : status::forked;
}

[[gnu::always_inline]] inline status room_for(publisher_core* core, std::size_t size, patience p,
                                              std::chrono::nanoseconds timeout, waiting how) noexcept {
  auto const s = usable(core);
  return s == status::ok ? core->reserve(size, p, timeout, how) : s;
}

commit_result copy_and_commit(publisher_core& core, std::span<std::byte const> payload, std::uint32_t tag) noexcept {
  if (!payload.empty()) std::memcpy(core.payload(), payload.data(), payload.size());
  return core.commit(payload.size(), payload.size(), tag);
}

}  // namespace

// -- reservation ---------------------------------------------------------------------------------------------------

void reservation::swap(reservation& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(tag_, other.tag_);
  std::swap(status_, other.status_);
}

commit_result reservation::commit(std::size_t size) noexcept {
  if (auto const s = usable(owner_); s != quoit::status::ok) return {s, 0};
  auto const result = owner_->commit(size_, size, tag_);
  if (result.status == quoit::status::too_big) return result;
  let_go()->drop();
  return result;
}

publisher_core* reservation::let_go() noexcept {
  data_ = nullptr;
  size_ = 0;
  tag_ = 0;
  status_ = quoit::status::detached;
  return std::exchange(owner_, nullptr);
}

void reservation::abandon() noexcept {
  auto* const owner = let_go();
  if (!owner->is_own()) return;
  owner->discard();
  owner->drop();
}

// -- batch ---------------------------------------------------------------------------------------------------------

void batch::swap(batch& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(count_, other.count_);
  std::swap(status_, other.status_);
}

batch::room batch::append(std::size_t size, std::uint32_t tag) noexcept {
  if (auto const s = usable(owner_); s != quoit::status::ok) return {s, {}};
  auto* const at = owner_->append(size, tag);
  if (at == nullptr) return {quoit::status::too_big, {}};
  ++count_;
  return {quoit::status::ok, {at, size}};
}

quoit::status batch::add(std::span<std::byte const> payload, std::uint32_t tag) noexcept {
  auto const place = append(payload.size(), tag);
  if (place && !payload.empty()) std::memcpy(place.bytes.data(), payload.data(), payload.size());
  return place.status;
}

commit_result batch::commit() noexcept {
  if (auto const s = usable(owner_); s != quoit::status::ok) return {s, 0};
  auto const result = owner_->commit();
  auto* const owner = std::exchange(owner_, nullptr);
  *this = {};
  owner->drop();
  return result;
}

void batch::abandon() noexcept {
  auto* const owner = std::exchange(owner_, nullptr);
  count_ = 0;
  status_ = quoit::status::detached;
  if (!owner->is_own()) return;
  owner->discard();
  owner->drop();
}

// -- publisher -----------------------------------------------------------------------------------------------------

publisher::publisher(publisher&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}

publisher& publisher::operator=(publisher&& other) noexcept {
  if (this != &other) {
    close();
    core_ = std::exchange(other.core_, nullptr);
  }
  return *this;
}

publisher::~publisher() { close(); }

void publisher::close() noexcept {
  auto* const core = std::exchange(core_, nullptr);
  if (core == nullptr || !core->is_own()) return;
  core->close();
  core->drop();
}

reservation publisher::reserve(std::size_t size, std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (auto const s = room_for(core_, size, patience::wait, timeout, how); s != status::ok) return reservation(s);
  core_->hold();
  return {core_, core_->payload(), size};
}

reservation publisher::try_reserve(std::size_t size) noexcept {
  if (auto const s = room_for(core_, size, patience::none, {}, waiting::poll); s != status::ok) return reservation(s);
  core_->hold();
  return {core_, core_->payload(), size};
}

commit_result publisher::publish(std::span<std::byte const> payload, std::uint32_t tag,
                                 std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (auto const s = room_for(core_, payload.size(), patience::wait, timeout, how); s != status::ok) return {s, 0};
  return copy_and_commit(*core_, payload, tag);
}

commit_result publisher::offer(std::span<std::byte const> payload, std::uint32_t tag) noexcept {
  auto const s = room_for(core_, payload.size(), patience::none, {}, waiting::poll);
  if (s == status::full) core_->count_dropped();
  return s == status::ok ? copy_and_commit(*core_, payload, tag) : commit_result{s, 0};
}

batch publisher::reserve_batch(std::size_t count, std::size_t bytes, std::chrono::nanoseconds timeout,
                               waiting how) noexcept {
  auto s = usable(core_);
  if (s == status::ok) s = core_->reserve_batch(count, bytes, patience::wait, timeout, how);
  if (s != status::ok) return batch(s);
  core_->hold();
  return batch(core_);
}

batch publisher::try_reserve_batch(std::size_t count, std::size_t bytes) noexcept {
  auto s = usable(core_);
  if (s == status::ok) s = core_->reserve_batch(count, bytes, patience::none, {}, waiting::poll);
  if (s != status::ok) return batch(s);
  core_->hold();
  return batch(core_);
}

bool publisher::evict(participant_info const& who) noexcept {
  return usable(core_) == status::ok && core_->evict(who.slot, who.generation);
}

std::size_t publisher::max_payload() const noexcept {
  return usable(core_) == status::ok ? core_->channel().shared().geometry().max_payload : 0;
}

std::vector<participant_info> publisher::subscribers() const {
  if (core_ == nullptr) return {};
  core_->channel().require_own();
  return core_->channel().participants(true);
}

status publisher::wait_for_subscribers(std::size_t count, std::chrono::nanoseconds timeout) noexcept {
  if (auto const s = usable(core_); s != status::ok) return s;
  return core_->wait_for_subscribers(count, timeout);
}

bool publisher::retired() const noexcept { return usable(core_) == status::ok && core_->channel().retired(); }

void publisher::interrupt() noexcept {
  if (usable(core_) == status::ok) core_->interrupt();
}

}  // namespace quoit
