// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include "channel/attachment.hpp"
#include "quoit/publisher.hpp"
#include "ring/producer.hpp"
#include "wait/waiter.hpp"

namespace quoit::detail {

/// What a publisher and its reservation share. Counted without atomics: they belong to one thread.
class publisher_core final : private wait::condition {
 public:
  /// Takes the publisher's place. Throws `errc::publisher_taken`.
  static publisher_core* join(std::shared_ptr<attachment> a, publisher_options const& options);

  publisher_core(std::shared_ptr<attachment> a, std::shared_ptr<mirror::mirrored> data, ring::place own);

  bool is_own() const noexcept { return sys::is_own(attachment_->mark()); }
  attachment& channel() const noexcept { return *attachment_; }

  /// How to reserve: wait as told, or answer `full` at once.
  enum class patience : bool { wait, none };
  reservation reserve(std::size_t size, patience p, std::chrono::nanoseconds timeout, waiting how) noexcept;
  commit_result commit(std::size_t reserved, std::size_t size, std::uint32_t tag) noexcept;
  void discard() noexcept { reserved_ = false; }

  status wait_for_subscribers(std::size_t count, std::chrono::nanoseconds timeout) noexcept;
  void interrupt() noexcept;

  /// Leaves the end and frees the place. Idempotent.
  void close() noexcept;

  void drop() noexcept;

 private:
  status make_room(std::size_t size, patience p, std::chrono::nanoseconds timeout, waiting how) noexcept;

  status look(bool thorough) noexcept override;
  void recover() noexcept override;
  void sleeping() noexcept override;
  void overslept() noexcept override;

  std::shared_ptr<attachment> attachment_;
  std::shared_ptr<mirror::mirrored> data_;
  ring::place place_;
  ring::producer producer_;
  wait::waiter waiter_;
  std::size_t wanted_ = 0;  // of the reservation that is waited for
  unsigned owners_ = 1;     // the publisher object and the reservation
  bool open_ = true;
  bool reserved_ = false;
};

}  // namespace quoit::detail
