// SPDX-License-Identifier: BSL-1.0
#include "channel/publisher_core.hpp"

#include "system/page.hpp"

namespace quoit::detail {

publisher_core::publisher_core(std::shared_ptr<attachment> a, publisher_options const& options)
    : publisher_role(std::move(a), options),
      producer_(attachment_->shared(), place_, data_->base()),
      one_of_many_(attachment_->shared(), place_, data_->base()) {
  if (!place_.go_live()) refuse_corrupt();
  if (!is_one_of_many() && producer_.start() != status::ok) refuse_corrupt();
}

status publisher_core::try_room() noexcept {
  if (is_one_of_many()) return one_of_many_.claim(wanted_);
  return producer_.has_room(wanted_) || producer_.make_room(wanted_) ? status::ok : status::timeout;
}

status publisher_core::find_room(std::uint64_t extent, patience p, std::chrono::nanoseconds timeout,
                                 waiting how) noexcept {
  auto const& r = attachment_->shared();
  if (reserved_) return status::busy;
  if (r.is_lost() || is_ousted()) return status::corrupt;
  wanted_ = extent;
  auto s = try_room();
  if (s == status::timeout) s = wait_for_space(p, timeout, how);
  reserved_ = s == status::ok;
  return s;
}

status publisher_core::reserve_batch(std::size_t count, std::size_t bytes, patience p, std::chrono::nanoseconds timeout,
                                     waiting how) noexcept {
  auto const& g = attachment_->shared().geometry();
  // Each may need a prefix, and as much to be aligned.
  auto const overhead = segment::prefix_bytes + g.alignment - 1;
  auto const most = g.max_payload + segment::prefix_bytes;
  if (bytes > most || count > most / overhead) return status::too_big;
  auto const extent = sys::align_up(bytes + count * overhead, g.alignment);
  if (count == 0 || extent > most) return status::too_big;
  if (auto const s = take_room(extent, p, timeout, how); s != status::ok) return s;
  frame_ = is_one_of_many()
               ? ring::frame(attachment_->shared(), here(), one_of_many_.sequence(), one_of_many_.position(), extent)
               : ring::frame(attachment_->shared(), here(), producer_.sequence(), producer_.position(), extent);
  return status::ok;
}

commit_result publisher_core::commit(std::size_t reserved, std::size_t size, std::uint32_t tag) noexcept {
  if (!open_ || !reserved_) return {status::detached, 0};
  if (size > reserved) return {status::too_big, 0};
  auto const used = ring::extent_of(attachment_->shared(), size);
  // One of many cannot give the rest back: later claims may stand behind it.
  auto const shrunk = is_one_of_many() && used < wanted_ ? segment::shrunk_flag : 0;
  ring::write_prefix(here(), static_cast<std::uint32_t>(size) | shrunk, tag);
  return publish(used, 1, size);
}

commit_result publisher_core::commit() noexcept {
  if (!open_ || !reserved_) return {status::detached, 0};
  if (frame_.messages() == 0) {
    discard();
    return {status::ok, 0};
  }
  frame_.finish(is_one_of_many());
  return publish(frame_.used(), frame_.messages(), frame_.bytes());
}

void publisher_core::discard() noexcept {
  if (reserved_ && open_ && is_one_of_many()) one_of_many_.discard();
  reserved_ = false;
}

status publisher_core::look(bool) noexcept {
  if (attachment_->shared().is_lost() || is_ousted()) return status::corrupt;
  auto const s = try_room();
  return s == status::timeout && attachment_->retired() ? status::retired : s;
}

void publisher_core::recover() noexcept {
  publisher_role::recover();
  if (is_one_of_many()) one_of_many_.resolve_dead();
}

std::optional<ring::frontier> publisher_core::find_goal() const noexcept {
  return is_one_of_many() ? one_of_many_.find_goal() : ring::frontier{producer_.sequence(), producer_.position()};
}

bool publisher_core::is_in_way(std::uint64_t cursor, ring::frontier const& goal) const noexcept {
  return is_one_of_many() ? one_of_many_.is_in_way(cursor, goal, wanted_) : producer_.is_in_way(cursor, wanted_);
}

void publisher_core::close() noexcept {
  if (!open_) return;
  discard();
  open_ = false;
  finish(segment::end_kind::closed);
}

}  // namespace quoit::detail
