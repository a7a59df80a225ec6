// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include "channel/publisher_role.hpp"
#include "quoit/publisher.hpp"
#include "ring/frame.hpp"
#include "ring/many_producer.hpp"
#include "ring/producer.hpp"

namespace quoit::detail {

/// What a publisher and its reservation or batch share, be it the only one of its channel or one of many. Counted
/// without atomics: they belong to one thread.
class publisher_core final : public publisher_role {
 public:
  /// Takes a publisher's place. Throws `errc::publisher_taken`.
  publisher_core(std::shared_ptr<attachment> a, publisher_options const& options);

  /// Room for one record, at payload(), or for several, which are then appended.
  status reserve(std::size_t size, patience p, std::chrono::nanoseconds timeout, waiting how) noexcept {
    auto const& r = attachment_->shared();
    if (size > r.geometry().max_payload) return status::too_big;
    return take_room(ring::extent_of(r, size), p, timeout, how);
  }
  status reserve_batch(std::size_t count, std::size_t bytes, patience p, std::chrono::nanoseconds timeout,
                       waiting how) noexcept;
  std::byte* payload() const noexcept { return here() + segment::prefix_bytes; }

  /// Of the room that is reserved: where one more record's payload goes, or nullptr.
  std::byte* append(std::size_t size, std::uint32_t tag) noexcept {
    return open_ && reserved_ ? frame_.append(size, tag) : nullptr;
  }

  /// Publishes the room as one record.
  commit_result commit(std::size_t reserved, std::size_t size, std::uint32_t tag) noexcept;
  /// Publishes the records that were appended to it.
  commit_result commit() noexcept;
  void discard() noexcept;

  /// Counts a message that found no room and is given up.
  void count_dropped() noexcept { ring::count(place_.shared().dropped); }

  /// Leaves the end and frees the place. Idempotent.
  void close() noexcept;

  /// Of those who hold it: its publisher, and a reservation or batch.
  void hold() noexcept { ++owners_; }
  void drop() noexcept {
    if (--owners_ == 0) delete this;
  }

 private:
  bool is_one_of_many() const noexcept { return attachment_->shared().geometry().has_many_publishers(); }

  status take_room(std::uint64_t extent, patience p, std::chrono::nanoseconds timeout, waiting how) noexcept {
    auto const& r = attachment_->shared();
    if (r.geometry().has_many_publishers() || reserved_ || r.is_lost() || !producer_.has_room(extent)) [[unlikely]] {
      return find_room(extent, p, timeout, how);
    }
    wanted_ = extent;
    reserved_ = true;
    return status::ok;
  }
  [[gnu::noinline]] status find_room(std::uint64_t extent, patience p, std::chrono::nanoseconds timeout,
                                     waiting how) noexcept;
  status try_room() noexcept;
  /// Whether somebody has written over our place, so that we count as dead. Then nothing more is published.
  bool is_ousted() noexcept {
    if (place_.is_live()) [[likely]]
      return false;
    producer_.stop();
    return true;
  }
  std::byte* here() const noexcept { return is_one_of_many() ? one_of_many_.here() : producer_.here(); }

  commit_result publish(std::uint64_t used, std::size_t messages, std::size_t bytes) noexcept {
    reserved_ = false;
    std::uint64_t sequence = 0;
    if (is_one_of_many()) {
      // Who counts as dead may have lost its claim, and the extent with it, to another one.
      if (!place_.is_live()) [[unlikely]] {
        one_of_many_.discard();
        return {status::corrupt, 0};
      }
      sequence = one_of_many_.sequence();
      one_of_many_.commit(messages > 1, messages, bytes);
    } else {
      sequence = producer_.sequence();
      producer_.commit(used, messages > 1, messages, bytes);
    }
    if (attachment_->shared().is_lost()) return {status::corrupt, 0};
    return {status::ok, sequence};
  }

  status look(bool thorough) noexcept override;
  void recover() noexcept override;
  /// One who was overtaken has looked long: the clock is next.
  bool glance() noexcept override { return !one_of_many_.was_overtaken(); }
  std::optional<ring::frontier> find_goal() const noexcept override;
  bool is_in_way(std::uint64_t cursor, ring::frontier const& goal) const noexcept override;

  ring::producer producer_;  // of these two, one is used
  ring::many_producer one_of_many_;
  ring::frame frame_;         // of a batch
  std::uint64_t wanted_ = 0;  // bytes of ring, of the room that is waited for or reserved
  unsigned owners_ = 1;
  bool open_ = true;
  bool reserved_ = false;
};

}  // namespace quoit::detail
