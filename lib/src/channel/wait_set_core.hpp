// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "channel/standing.hpp"
#include "channel/subscriber_role.hpp"
#include "quoit/wait_set.hpp"
#include "wait/sleeper.hpp"
#include "wait/waiter.hpp"

namespace quoit::detail {

/// What is behind a wait set. The first members are slept for in one call, together with a word of the set's own; the
/// others are watched for it, and wake it by that word.
class wait_set_core final : private wait::condition, private wait::sleeper {
 public:
  wait_set_core() : mark_(sys::own_mark()) {}

  bool is_own() const noexcept { return sys::is_own(mark_); }
  void add(subscriber_role& role, std::uint64_t key);
  bool remove(std::uint64_t key) noexcept;
  std::size_t size() const noexcept { return members_.size(); }
  wait_result wait(std::chrono::nanoseconds timeout, waiting how) noexcept;
  void interrupt() noexcept { waiter_.interrupt(bell_); }

 private:
  /// One that is beyond what a call can sleep for.
  class outlying final : public watched_standing, private subscriber_role::onlooker {
   public:
    outlying(subscriber_role& role, wait::futex_word& bell)
        : watched_standing(role.channel(), role.shared_place()), bell_(&bell), role_(&role), watch_(*this) {
      role.admit(*this);
    }
    ~outlying() {
      if (role_ != nullptr) role_->dismiss(*this);
    }

    /// Rings the bell once there is more for one who stands there; unless it is going to already.
    void arm(standing const& where) noexcept;

   private:
    void fire() noexcept override { wait::wake_unasked(*bell_); }

    /// What the watcher looks at goes with the role, which may be long before the set finds that out.
    void role_ends() noexcept override {
      role_ = nullptr;
      watch_.reset();
    }

    wait::futex_word* bell_;
    subscriber_role* role_;  // as long as it is one
    std::uint64_t armed_at_ = 0;
    std::optional<wait::watch> watch_;
  };

  struct member {
    std::uint64_t key;
    subscriber_role* role;     // as long as `life` has not expired
    std::weak_ptr<void> life;  // the role's
    std::unique_ptr<wait_set_core::outlying> outlying{};
    bool contradictory = false;  // shared words that no working peer writes: its next receive says so
  };

  status look(bool thorough) noexcept override;
  void recover() noexcept override;
  void sleeping() noexcept override {}
  void overslept() noexcept override;
  bool announce() noexcept override;
  wait::sleep_end sleep(std::int64_t ns) noexcept override { return words_.sleep(ns); }

  sys::mark mark_;
  wait::futex_word bell_{0};
  wait::waiter waiter_{wait::wakers::fence};
  wait::sleeper_on_many words_;
  std::vector<member> members_;
  std::vector<ready_member> ready_;  // has room for all
};

}  // namespace quoit::detail
