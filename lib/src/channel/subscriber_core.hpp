// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <memory>

#include "channel/subscriber_role.hpp"
#include "quoit/subscriber.hpp"
#include "ring/consumer.hpp"

namespace quoit::detail {

/// What a subscriber and its views share. Counted without atomics: they belong to one thread.
class subscriber_core final : public subscriber_role {
 public:
  static constexpr std::uint32_t most_views = 64;

  /// Takes a place. Throws `errc::no_slot` and `errc::not_held`.
  subscriber_core(std::shared_ptr<attachment> a, subscriber_options const& options);

  message receive(std::chrono::nanoseconds timeout, waiting how) noexcept;
  message try_receive() noexcept;
  received receive_into(std::span<std::byte> into, std::chrono::nanoseconds timeout, waiting how) noexcept;
  poll_result poll(void (*call)(void*, message const&), void* context);
  std::uint64_t lag() const noexcept;
  std::uint64_t position() const noexcept { return consumer_.sequence(); }

  loss last_loss() const noexcept { return consumer_.last_loss(); }
  bool is_whole(std::uint64_t sequence) const noexcept {
    return is_undisturbed() && (!is_lossy() || consumer_.is_kept(sequence));
  }
  publisher_id publisher_of(std::uint64_t sequence) const noexcept;
  std::string label_of(publisher_id const& who) const;
  void rewind(start_point where);

  /// The view with this number was released.
  void give_back(std::uint32_t number) noexcept;

  /// The subscriber object is gone; the place is left with the last view.
  void close() noexcept;

  standing stands() const noexcept override { return consumer_; }

 private:
  void join(start_point where);

  /// What is next. One that conflates goes to the newest.
  status next(bool thorough) noexcept {
    thorough = take_expectation() || thorough;
    auto const s = consumer_.look(thorough);
    return s == status::ok && !conflates_ ? s : after_look(s, thorough);
  }
  status after_look(status s, bool thorough) noexcept;

  status take(ring::record_view& v) noexcept {
    auto const s = consumer_.take(v);
    if (s == status::ok) count(v.size);
    if (s == status::lost) count_lost(consumer_.last_loss().last - consumer_.last_loss().first + 1);
    return s;
  }
  message take_view() noexcept;
  void leave_if_done() noexcept;

  /// The oldest record that somebody still looks at, or the next one.
  std::uint64_t oldest_needed() const noexcept;
  void move_cursor() noexcept;

  status look(bool thorough) noexcept override;
  bool glance() noexcept override { return consumer_.is_announced(); }

  ring::consumer consumer_;
  bool conflates_;

  // Views are numbered in the order of receipt. first_view_ is the oldest one that is out; those from there to
  // next_view_ are out or, if their bit is set, released while an older one was out.
  std::array<std::uint64_t, most_views> sequence_of_view_{};
  std::uint64_t released_ = 0;
  std::uint32_t first_view_ = 0;
  std::uint32_t next_view_ = 0;

  static constexpr std::uint64_t not_polling = ~std::uint64_t{0};
  bool is_polling() const noexcept { return polling_from_ != not_polling; }
  std::uint64_t polling_from_ = not_polling;  // the oldest record that a poll in progress holds
  std::uint64_t cursor_ = 0;                  // as it was stored last
  bool open_ = true;
};

}  // namespace quoit::detail

namespace quoit {

inline message::message(detail::subscriber_core& owner, ring::record_view const& record, std::uint32_t place,
                        bool borrowed) noexcept
    : owner_(&owner),
      data_(record.data),
      size_(record.size),
      sequence_(record.sequence),
      time_(record.time),
      tag_(record.tag),
      index_(record.index),
      place_(place),
      status_(quoit::status::ok),
      borrowed_(borrowed) {}

}  // namespace quoit
