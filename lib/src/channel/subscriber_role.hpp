// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "channel/attachment.hpp"
#include "channel/event_source.hpp"
#include "channel/standing.hpp"
#include "quoit/options.hpp"
#include "ring/consumer.hpp"
#include "ring/place.hpp"
#include "wait/waiter.hpp"

namespace quoit::detail {

/// Throws `errc::bad_options` for a start that this channel has not.
void check_start(attachment const& a, start_point where);

/// Who holds the place of a subscriber, be it of messages or of a stream: place, data mapped read-only, and a
/// way to wait for more.
class subscriber_role : protected wait::condition {
 public:
  bool is_own() const noexcept { return sys::is_own(attachment_->mark()); }
  attachment& channel() const noexcept { return *attachment_; }
  void interrupt() noexcept;

  int event_fd();
  status arm() noexcept;

  segment::slot& shared_place() const noexcept { return place_.shared(); }

  /// Where it stands now.
  virtual standing stands() const noexcept = 0;

  /// Ends with this role's being one: for those who must know whether it still is. Of its thread.
  std::weak_ptr<void> life();

  /// Has another thread look at this role, and must have it stop when the role ends. Of the role's thread.
  class onlooker {
   public:
    virtual void role_ends() noexcept = 0;

   protected:
    ~onlooker() = default;
  };
  /// Whoever looks for this role (`has_news`) looks at all there is. What it finds must be found by the role's next
  /// look as well.
  void expect_news() noexcept { expects_news_ = true; }

  void admit(onlooker& o) { onlookers_.push_back(&o); }
  void dismiss(onlooker& o) noexcept { std::erase(onlookers_, &o); }

 protected:
  bool is_lossy() const noexcept { return place_.role() == segment::place_role::lossy; }

  /// Whether nobody has taken the place, or the memory, away: what was read before is what was published.
  bool is_undisturbed() const noexcept {
    // SYNC: identity -> is_undisturbed. Our reads come before this fence; who evicts changes the identity first, and
    // publishers see that before they write over what we held.
    std::atomic_thread_fence(std::memory_order_acquire);
    return place_.is_live() && !attachment_->shared().is_lost();
  }

  /// What has been, if it is not undisturbed.
  status taken_away() const noexcept { return place_.is_live() ? status::corrupt : status::evicted; }

  /// For a start that is not held.
  [[noreturn]] void refuse_start(start_point where, ring::held_range held) const;

  /// Claims a place, which is then still JOINING. Throws `errc::no_slot`.
  subscriber_role(std::shared_ptr<attachment> a, subscriber_options const& options);
  ~subscriber_role() { end_life(); }

  /// Whether a look is to be thorough though it was not asked to.
  bool take_expectation() noexcept { return std::exchange(expects_news_, false); }

  /// For a place whose channel cannot be used.
  [[noreturn]] void refuse_corrupt() const;

  /// Nobody waits for this role any more. Idempotent.
  void end_life() noexcept;

  /// A second thread, against the rules, while one waits.
  bool is_waiting() const noexcept { return waiter_.is_waiting(); }

  status wait_for_data(std::chrono::nanoseconds timeout, waiting how) noexcept;
  void count(std::size_t bytes) noexcept {
    auto& shared = place_.shared();
    shared.messages.store(++messages_, std::memory_order_relaxed);
    shared.bytes.store(bytes_ += bytes, std::memory_order_relaxed);
  }
  void count_lost(std::uint64_t n) noexcept;

  /// What a look means: a publisher who is dead, and whose end cannot be told, will never say more.
  status judge(status s) const noexcept { return s == status::timeout && contradictory_ ? status::corrupt : s; }

  void recover() noexcept override;
  void sleeping() noexcept override;
  void overslept() noexcept override;

  std::shared_ptr<attachment> attachment_;
  std::shared_ptr<mirror::mirrored> data_;
  ring::place place_;
  wait::waiter waiter_;

 private:
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  bool contradictory_ = false;
  bool expects_news_ = false;
  std::shared_ptr<void> life_;
  std::vector<onlooker*> onlookers_;
  std::unique_ptr<event_source> events_;  // goes first: its watcher looks at the place
};

}  // namespace quoit::detail
