// SPDX-License-Identifier: BSL-1.0
#include "channel/wait_set_core.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ring/place.hpp"
#include "system/fail.hpp"
#include "system/step.hpp"

namespace quoit::detail {

namespace {

constexpr std::size_t most_in_one_call = wait::sleeper_on_many::most - 1;  // and the bell

/// Differs whenever a role has gone on.
std::uint64_t position_of(standing const& s) noexcept {
  if (auto const* const c = std::get_if<ring::consumer>(&s)) return c->position();
  if (auto const* const c = std::get_if<ring::stream_consumer>(&s)) return c->position();
  return 0;
}

}  // namespace

void wait_set_core::outlying::arm(standing const& where) noexcept {
  if (position_of(where) == armed_at_ && watch_->is_armed()) return;
  armed_at_ = position_of(where);
  watch_->arm([&] {
    stand(where);
    return true;  // the set looks for itself before it sleeps
  });
}

void wait_set_core::add(subscriber_role& role, std::uint64_t key) {
  constexpr auto* doing = "add to a wait set";
  role.channel().require_own();
  if (std::any_of(members_.begin(), members_.end(), [key](member const& m) { return m.key == key; })) {
    fail(errc::bad_options, {.doing = doing,
                             .expected = "a key that no member has",
                             .found = fmt::format("key {}", key),
                             .advice = "remove that member first"});
  }
  ready_.reserve(members_.size() + 1);
  members_.reserve(members_.size() + 1);
  member fresh{.key = key, .role = &role, .life = role.life()};
  auto const near = std::count_if(members_.begin(), members_.end(), [](member const& m) { return !m.outlying; });
  if (static_cast<std::size_t>(near) >= most_in_one_call) {
    fresh.outlying = std::make_unique<outlying>(role, bell_);
  }
  members_.push_back(std::move(fresh));
}

bool wait_set_core::remove(std::uint64_t key) noexcept {
  return std::erase_if(members_, [key](member const& m) { return m.key == key; }) > 0;
}

wait_result wait_set_core::wait(std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (members_.empty()) return {status::detached, {}};
  auto const s = waiter_.wait(*this, *this, timeout, how);
  if (s != status::ok) return {s, {}};
  std::erase_if(members_, [](member const& m) { return m.life.expired(); });
  return {s, ready_};
}

status wait_set_core::look(bool) noexcept {
  ready_.clear();
  for (auto const& m : members_) {
    if (m.life.expired()) {
      ready_.push_back({m.key, status::detached});
    } else if (m.contradictory || has_news(m.role->stands())) {
      m.role->expect_news();
      ready_.push_back({m.key, status::ok});
    }
  }
  return ready_.empty() ? status::timeout : status::ok;
}

void wait_set_core::recover() noexcept {
  for (auto& m : members_) {
    if (!m.life.expired()) m.contradictory = !ring::recover_publishers(m.role->channel().shared());
  }
}

void wait_set_core::overslept() noexcept {
  for (auto const& m : members_) {
    if (!m.life.expired() && has_news(m.role->stands())) ring::count(m.role->shared_place().overslept);
  }
}

bool wait_set_core::announce() noexcept {
  words_.clear();
  words_.add(bell_, wait::wakers::fence);
  for (auto const& m : members_) {
    if (m.life.expired() || m.outlying) continue;
    auto const& r = m.role->channel().shared();
    words_.add(r.words().data.word, r.wakers());
  }
  bool const sure = words_.announce();
  QUOIT_STEP(set_announced);
  // The bell's value was taken before: whatever one of them finds from here on changes it.
  for (auto const& m : members_) {
    if (m.outlying && !m.life.expired()) m.outlying->arm(m.role->stands());
  }
  return sure;
}

}  // namespace quoit::detail
