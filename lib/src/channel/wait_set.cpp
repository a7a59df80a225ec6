// SPDX-License-Identifier: BSL-1.0
#include "quoit/wait_set.hpp"

#include "channel/stream_reader_core.hpp"
#include "channel/subscriber_core.hpp"
#include "channel/wait_set_core.hpp"
#include "quoit/stream_reader.hpp"
#include "quoit/subscriber.hpp"
#include "system/fail.hpp"

namespace quoit {

using detail::wait_set_core;

namespace {

/// What it holds is the parent's: in a fork child it is left as it is.
void drop(std::unique_ptr<wait_set_core>& core) noexcept {
  if (core && !core->is_own()) static_cast<void>(core.release());
  core.reset();
}

void add_to(wait_set_core* set, detail::subscriber_role* member, std::uint64_t key) {
  constexpr auto* doing = "add to a wait set";
  if (set == nullptr) fail(errc::detached, {.doing = doing, .found = "a set that was moved from"});
  if (!set->is_own()) fail(errc::forked, {.doing = doing});
  if (member == nullptr) fail(errc::detached, {.doing = doing, .found = "a closed subscriber"});
  set->add(*member, key);
}

}  // namespace

wait_set::wait_set() : core_(std::make_unique<wait_set_core>()) {}
wait_set::wait_set(wait_set&&) noexcept = default;
wait_set& wait_set::operator=(wait_set&& other) noexcept {
  if (this != &other) {
    drop(core_);
    core_ = std::move(other.core_);
  }
  return *this;
}
wait_set::~wait_set() { drop(core_); }

void wait_set::add(subscriber& member, std::uint64_t key) { add_to(core_.get(), member.core_, key); }
void wait_set::add(stream_reader& member, std::uint64_t key) { add_to(core_.get(), member.core_, key); }

bool wait_set::remove(std::uint64_t key) noexcept { return core_ && core_->is_own() && core_->remove(key); }

std::size_t wait_set::size() const noexcept { return core_ ? core_->size() : 0; }

wait_result wait_set::wait(std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (!core_) return {status::detached, {}};
  return core_->is_own() ? core_->wait(timeout, how) : wait_result{status::forked, {}};
}

void wait_set::interrupt() noexcept {
  if (core_ && core_->is_own()) core_->interrupt();
}

}  // namespace quoit
