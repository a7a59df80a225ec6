// SPDX-License-Identifier: BSL-1.0
#include "channel/publisher_role.hpp"

#include <fmt/format.h>

#include "channel/attendance.hpp"
#include "ring/ends.hpp"
#include "system/fail.hpp"
#include "system/process.hpp"

namespace quoit::detail {

namespace {

constexpr int most_rounds = 100;

[[noreturn]] void taken(attachment const& a) {
  auto const& s = a.shared().place(0);
  fail(errc::publisher_taken,
       {.name = a.name(),
        .expected = "no living publisher",
        .found = fmt::format("pid {} ('{}')", s.pid.load(std::memory_order_relaxed), ring::label_of(s)),
        .advice = "close that one first; if it is killed, its place is free at once"});
}

bool is_taken(attachment const& a) {
  auto const id = segment::unpack_identity(a.shared().place(0).identity.load(std::memory_order_acquire));
  return id.state == segment::place_state::live || id.state == segment::place_state::joining;
}

ring::place claim_place(attachment const& a, publisher_options const& options) {
  a.require_own();
  auto const label = options.label.empty() ? sys::program_name() : options.label;
  for (int round = 0; round < most_rounds; ++round) {
    auto own = ring::place::claim(a.shared(), {0, 1}, segment::place_role::publisher, label);
    if (own) return std::move(*own);
    // Another one is living here, or was claiming at the same moment.
    if (is_taken(a)) break;
  }
  taken(a);
}

}  // namespace

publisher_role::publisher_role(std::shared_ptr<attachment> a, publisher_options const& options)
    : attachment_(std::move(a)),
      data_(attachment_->memory().map_data(mirror::access::read_write)),
      place_(claim_place(*attachment_, options)) {}

void publisher_role::refuse_corrupt() const {
  fail(errc::damaged, {.name = attachment_->name(),
                       .expected = "positions that fit each other",
                       .found = "shared memory that no working peer writes",
                       .advice = "create the channel anew with quoit::replace"});
}

status publisher_role::wait_for_space(patience p, std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (p == patience::wait && timeout > std::chrono::nanoseconds::zero()) {
    return waiter_.wait(*this, attachment_->shared().words().space.word, timeout, how);
  }
  if (p == patience::wait && waiter_.take_interrupt()) return status::interrupted;
  recover();
  auto const s = look(true);
  return s == status::timeout && p == patience::none ? status::full : s;
}

status publisher_role::wait_for_subscribers(std::size_t count, std::chrono::nanoseconds timeout) noexcept {
  attendance all(*attachment_, count);
  return waiter_.wait(all, attachment_->shared().words().space.word, timeout, waiting::sleep);
}

void publisher_role::interrupt() noexcept { waiter_.interrupt(attachment_->shared().words().space.word); }

void publisher_role::finish(segment::end_kind how) noexcept {
  ring::finish_publisher(attachment_->shared(), place_.live_identity(), how);
  place_.leave();
}

void publisher_role::sleeping() noexcept {
  ring::count(place_.shared().sleeps);
  // Now that time does not matter any more: is who is in the way alive? If not, the word to sleep on changes.
  recover();
}

void publisher_role::overslept() noexcept { ring::count(place_.shared().overslept); }

}  // namespace quoit::detail
