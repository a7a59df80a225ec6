// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include "channel/attachment.hpp"
#include "quoit/options.hpp"
#include "ring/place.hpp"
#include "wait/waiter.hpp"

namespace quoit::detail {

/// Who holds the place of a reliable subscriber, be it of messages or of a stream: place, data mapped read-only, and a
/// way to wait for more.
class subscriber_role : protected wait::condition {
 public:
  bool is_own() const noexcept { return sys::is_own(attachment_->mark()); }
  attachment& channel() const noexcept { return *attachment_; }
  /// Whether what was read is what was published: the place is still ours, and the memory there.
  bool is_whole() const noexcept { return place_.is_live() && !attachment_->shared().is_lost(); }
  void interrupt() noexcept;

 protected:
  /// Claims a place, which is then still JOINING. Throws `errc::no_slot`.
  subscriber_role(std::shared_ptr<attachment> a, subscriber_options const& options);
  ~subscriber_role() = default;

  /// For a place whose channel cannot be used.
  [[noreturn]] void refuse_corrupt() const;

  status wait_for_data(std::chrono::nanoseconds timeout, waiting how) noexcept;
  void count(std::size_t bytes) noexcept;

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
};

}  // namespace quoit::detail
