// SPDX-License-Identifier: BSL-1.0
#include "channel/publisher_core.hpp"

namespace quoit::detail {

publisher_core::publisher_core(std::shared_ptr<attachment> a, publisher_options const& options)
    : publisher_role(std::move(a), options), producer_(attachment_->shared(), place_, data_->base()) {
  if (!place_.go_live() || producer_.start() != status::ok) refuse_corrupt();
}

commit_result publisher_core::commit(std::size_t reserved, std::size_t size, std::uint32_t tag) noexcept {
  if (!open_ || !reserved_) return {status::detached, 0};
  if (size > reserved) return {status::too_big, 0};
  reserved_ = false;
  auto const sequence = producer_.commit(size, tag);
  if (attachment_->shared().is_lost()) return {status::corrupt, 0};
  return {status::ok, sequence};
}

status publisher_core::make_room(std::size_t size, patience p, std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (producer_.make_room(size)) return status::ok;
  wanted_ = size;
  return wait_for_space(p, timeout, how);
}

status publisher_core::look(bool) noexcept {
  if (attachment_->shared().is_lost()) return status::corrupt;
  if (producer_.make_room(wanted_)) return status::ok;
  return attachment_->retired() ? status::retired : status::timeout;
}

void publisher_core::recover() noexcept { producer_.clear_way(wanted_); }

void publisher_core::close() noexcept {
  if (!open_) return;
  open_ = false;
  reserved_ = false;
  finish(segment::end_kind::closed);
}

void publisher_core::drop() noexcept {
  if (--owners_ == 0) delete this;
}

reservation publisher_core::reserve(std::size_t size, patience p, std::chrono::nanoseconds timeout,
                                    waiting how) noexcept {
  reservation r;
  if (reserved_) {
    r.status_ = status::busy;
  } else if (size > attachment_->shared().geometry().max_payload) {
    r.status_ = status::too_big;
  } else if (attachment_->shared().is_lost()) {
    r.status_ = status::corrupt;
  } else {
    r.status_ = producer_.has_room(size) ? status::ok : make_room(size, p, timeout, how);
  }
  if (r.status_ != status::ok) return r;
  reserved_ = true;
  ++owners_;
  r.owner_ = this;
  r.data_ = producer_.payload();
  r.size_ = size;
  return r;
}

}  // namespace quoit::detail
