// SPDX-License-Identifier: BSL-1.0
#include "channel/publisher_core.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ring/ends.hpp"
#include "system/fail.hpp"
#include "system/process.hpp"

namespace quoit::detail {

namespace {

constexpr auto* doing = "become the publisher of the channel";
constexpr int most_rounds = 100;

[[noreturn]] void taken(attachment const& a) {
  auto const& s = a.shared().place(0);
  fail(errc::publisher_taken,
       {.doing = doing,
        .name = a.name(),
        .expected = "no living publisher",
        .found = fmt::format("pid {} ('{}')", s.pid.load(std::memory_order_relaxed), ring::label_of(s)),
        .advice = "close that one first; if it is killed, its place is free at once"});
}

bool is_taken(attachment const& a) {
  auto const id = segment::unpack_identity(a.shared().place(0).identity.load(std::memory_order_acquire));
  return id.state == segment::place_state::live || id.state == segment::place_state::joining;
}

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
    for (std::uint32_t i = 1; i < used(); ++i) ring::recover_place(r, i);
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
    for (std::uint32_t i = 1; i < used(); ++i) {
      auto const word = attachment_->shared().place(i).identity.load(std::memory_order_acquire);
      n += segment::unpack_identity(word).state == segment::place_state::live;
    }
    return n;
  }

  attachment const* attachment_;
  std::size_t count_;
};

}  // namespace

publisher_core* publisher_core::join(std::shared_ptr<attachment> a, publisher_options const& options) {
  a->require_own();
  auto const label = options.label.empty() ? sys::program_name() : options.label;
  auto data = a->memory().map_data(mirror::access::read_write);
  for (int round = 0; round < most_rounds; ++round) {
    auto own = ring::place::claim(a->shared(), {0, 1}, segment::place_role::publisher, label);
    if (!own) {
      // Another one is living here, or was claiming at the same moment.
      if (round + 1 < most_rounds && !is_taken(*a)) continue;
      taken(*a);
    }
    auto core = std::make_unique<publisher_core>(a, std::move(data), std::move(*own));
    if (core->place_.go_live() && core->producer_.start() == status::ok) return core.release();
    fail(errc::damaged, {.doing = doing,
                         .name = a->name(),
                         .expected = "positions that fit each other",
                         .found = "shared memory that no working peer writes",
                         .advice = "create the channel anew with quoit::replace"});
  }
  taken(*a);
}

publisher_core::publisher_core(std::shared_ptr<attachment> a, std::shared_ptr<mirror::mirrored> data, ring::place own)
    : attachment_(std::move(a)),
      data_(std::move(data)),
      place_(std::move(own)),
      producer_(attachment_->shared(), place_, data_->base()) {}

commit_result publisher_core::commit(std::size_t reserved, std::size_t size, std::uint32_t tag) noexcept {
  if (!open_ || !reserved_) return {status::detached, 0};
  if (size > reserved) return {status::too_big, 0};
  reserved_ = false;
  return {status::ok, producer_.commit(size, tag)};
}

status publisher_core::make_room(std::size_t size, patience p, std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (producer_.make_room(size)) return status::ok;
  if (p == patience::wait && timeout > std::chrono::nanoseconds::zero()) {
    wanted_ = size;
    return waiter_.wait(*this, attachment_->shared().words().space.word, timeout, how);
  }
  if (p == patience::wait && waiter_.take_interrupt()) return status::interrupted;
  producer_.clear_way(size);
  if (producer_.make_room(size)) return status::ok;
  if (attachment_->retired()) return status::retired;
  return p == patience::wait ? status::timeout : status::full;
}

status publisher_core::look(bool) noexcept {
  if (producer_.make_room(wanted_)) return status::ok;
  return attachment_->retired() ? status::retired : status::timeout;
}

void publisher_core::recover() noexcept { producer_.clear_way(wanted_); }

void publisher_core::sleeping() noexcept {
  ring::count(place_.shared().sleeps);
  // Now that time does not matter any more: is who is in the way alive? If not, the word to sleep on changes.
  recover();
}

void publisher_core::overslept() noexcept { ring::count(place_.shared().overslept); }

status publisher_core::wait_for_subscribers(std::size_t count, std::chrono::nanoseconds timeout) noexcept {
  attendance all(*attachment_, count);
  return waiter_.wait(all, attachment_->shared().words().space.word, timeout, waiting::sleep);
}

void publisher_core::interrupt() noexcept { waiter_.interrupt(attachment_->shared().words().space.word); }

void publisher_core::close() noexcept {
  if (!open_) return;
  open_ = false;
  reserved_ = false;
  ring::finish_publisher(attachment_->shared(), place_.live_identity(), segment::end_kind::closed);
  place_.leave();
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
