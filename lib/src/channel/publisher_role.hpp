// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>

#include "channel/attachment.hpp"
#include "quoit/options.hpp"
#include "ring/frontier.hpp"
#include "ring/place.hpp"
#include "segment/words.hpp"
#include "wait/waiter.hpp"

namespace quoit::detail {

/// Who holds the publisher's place of a channel, be it of messages or of a stream: place, data mapped writable, and a
/// way to wait for room.
class publisher_role : protected wait::condition {
 public:
  /// Without room: wait as told, or answer `full` at once.
  enum class patience : bool { wait, none };

  bool is_own() const noexcept { return sys::is_own(attachment_->mark()); }
  attachment& channel() const noexcept { return *attachment_; }

  /// Evicts the living reliable subscriber in this place, if its generation is that one.
  bool evict(std::uint32_t index, std::uint32_t generation) noexcept;

  status wait_for_subscribers(std::size_t count, std::chrono::nanoseconds timeout) noexcept;
  void interrupt() noexcept;

 protected:
  /// Claims the place, which is then still JOINING. Throws `errc::publisher_taken`.
  publisher_role(std::shared_ptr<attachment> a, publisher_options const& options);
  ~publisher_role() = default;

  /// For a place whose channel cannot be used.
  [[noreturn]] void refuse_corrupt() const;

  /// After look() found no room: waits as told, or frees what the dead hold and looks once more.
  status wait_for_space(patience p, std::chrono::nanoseconds timeout, waiting how) noexcept;

  /// Where what is waited for would go (of a stream the position alone counts), if that can be told.
  virtual std::optional<ring::frontier> find_goal() const noexcept = 0;

  /// Whether one who needs everything from `cursor` on (a record; of a stream, a byte) is in its way there.
  virtual bool is_in_way(std::uint64_t cursor, ring::frontier const& goal) const noexcept = 0;

  void recover() noexcept override;

  /// Leaves the end and frees the place.
  void finish(segment::end_kind how) noexcept;

  void sleeping() noexcept override;
  void overslept() noexcept override;

  std::shared_ptr<attachment> attachment_;
  std::shared_ptr<mirror::mirrored> data_;
  ring::place place_;
  wait::waiter waiter_;

 private:
  template <class F>
  void for_each_in_way(F&& f) noexcept;

  std::chrono::nanoseconds patience_;  // with subscribers that are in the way
};

}  // namespace quoit::detail
