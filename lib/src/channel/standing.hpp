// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <variant>

#include "channel/attachment.hpp"
#include "ring/consumer.hpp"
#include "ring/stream_consumer.hpp"
#include "wait/watcher.hpp"

namespace quoit::detail {

/// Where a subscriber, or the reader of a stream, stands: a copy, so that another thread can look whether there is
/// more.
using standing = std::variant<std::monostate, ring::consumer, ring::stream_consumer>;

/// Whether it would find anything but nothing.
inline bool has_news(standing const& s) noexcept {
  if (auto const* const c = std::get_if<ring::consumer>(&s)) return c->has_news();
  if (auto const* const c = std::get_if<ring::stream_consumer>(&s)) return c->has_news();
  return false;
}

/// What a watcher looks at in a subscriber's place.
class watched_standing : public wait::watched {
 public:
  /// The channel, and the place of whoever stands there, must outlive this.
  watched_standing(attachment const& a, segment::slot& place) noexcept : attachment_(&a), place_(&place) {}

  /// For the preparation of an arming.
  void stand(standing const& where) noexcept { where_ = where; }

 protected:
  ~watched_standing() = default;

 private:
  wait::futex_word& word() const noexcept final { return attachment_->shared().words().data.word; }
  wait::wakers who_wakes() const noexcept final { return attachment_->shared().wakers(); }
  bool has_news() noexcept final { return detail::has_news(where_); }
  bool recover() noexcept final { return !ring::recover_publishers(attachment_->shared()); }

  // The place's owner counts there as well, so this is no plain store.
  void overslept() noexcept final { place_->overslept.fetch_add(1, std::memory_order_relaxed); }

  attachment const* attachment_;
  segment::slot* place_;
  standing where_;
};

}  // namespace quoit::detail
