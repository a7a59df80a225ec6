// SPDX-License-Identifier: BSL-1.0
#include "quoit/keeper.hpp"

#include "channel/keeper_core.hpp"
#include "channel/within.hpp"
#include "system/fail.hpp"

namespace quoit {

using detail::keeper_core;

namespace {

constexpr auto* keep = "keep the channel for others";

/// What it holds is the parent's: in a fork child it is left as it is.
void drop(std::unique_ptr<keeper_core>& core) noexcept {
  if (core && !core->is_own()) static_cast<void>(core.release());
  core.reset();
}

}  // namespace

keeper::keeper(channel const& ch, keeping how) {
  auto const& a = ch.attachment_;
  if (a == nullptr) fail(errc::detached, {.doing = keep, .advice = "open or create a channel first"});
  a->require_own();
  core_ = detail::within(keep, a->name(), [&] { return std::make_unique<keeper_core>(a, how); });
}

keeper::keeper(keeper&&) noexcept = default;
keeper& keeper::operator=(keeper&& other) noexcept {
  if (this != &other) {
    drop(core_);
    core_ = std::move(other.core_);
  }
  return *this;
}
keeper::~keeper() { drop(core_); }

void keeper::serve() {
  if (!core_) fail(errc::detached, {.doing = keep, .found = "a keeper that was moved from"});
  if (!core_->is_own()) fail(errc::forked, {.doing = keep, .found = "a fork child", .advice = "make one here"});
  if (core_->has_thread()) {
    fail(errc::bad_options, {.doing = keep, .expected = "keeping::in_serve", .found = "a keeper with its own thread"});
  }
  core_->serve();
}

void keeper::interrupt() noexcept {
  if (core_ && core_->is_own()) core_->interrupt();
}

std::string keeper::path() const { return core_ ? core_->path() : std::string(); }

keeper::tally keeper::counts() const noexcept { return core_ ? core_->counts() : tally{}; }

}  // namespace quoit
