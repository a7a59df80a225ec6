// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include "channel/attachment.hpp"
#include "ring/place.hpp"
#include "wait/waiter.hpp"

namespace quoit::detail {

/// Waits for `count` living subscribers.
class attendance final : public wait::condition {
 public:
  attendance(attachment const& a, std::size_t count) noexcept : attachment_(&a), count_(count) {}

  status look(bool) noexcept override {
    if (living() >= count_) {
      recover();  // one of them may be dead
      if (living() >= count_) return status::ok;
    }
    return attachment_->retired() ? status::retired : status::timeout;
  }
  void recover() noexcept override {
    auto const& r = attachment_->shared();
    ring::budget b(r);
    for (auto i = r.geometry().publishers; i < used(); ++i) ring::recover_place(r, i, b);
  }
  void sleeping() noexcept override {}
  void overslept() noexcept override {}

 private:
  std::uint32_t used() const noexcept {
    auto const& r = attachment_->shared();
    return std::min(r.words().places.word.load(std::memory_order_acquire), r.geometry().slots);
  }
  std::size_t living() const noexcept {
    std::size_t n = 0;
    for (auto i = attachment_->shared().geometry().publishers; i < used(); ++i) {
      auto const word = attachment_->shared().place(i).identity.load(std::memory_order_acquire);
      n += segment::unpack_identity(word).state == segment::place_state::live;
    }
    return n;
  }

  attachment const* attachment_;
  std::size_t count_;
};

}  // namespace quoit::detail
