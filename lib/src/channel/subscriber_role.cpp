// SPDX-License-Identifier: BSL-1.0
#include "channel/subscriber_role.hpp"

#include <fmt/format.h>

#include "system/fail.hpp"
#include "system/process.hpp"

namespace quoit::detail {

namespace {

constexpr int most_rounds = 100;

[[noreturn]] void no_place(attachment const& a) {
  auto const& g = a.shared().geometry();
  if (g.max_reliable == 0) {
    fail(errc::no_slot, {.name = a.name(),
                         .expected = "a channel that admits reliable subscribers",
                         .found = "max_reliable 0, as its creator chose",
                         .advice = "create the channel with a larger max_reliable"});
  }
  std::string who;
  for (auto const& p : a.participants(true)) who += fmt::format("{}pid {}", who.empty() ? "" : ", ", p.pid);
  bool const capped = g.max_reliable + 1 < g.slots;
  fail(errc::no_slot, {.name = a.name(),
                       .expected = fmt::format(
                           "fewer than {} {}", g.max_reliable,
                           capped ? "reliable subscribers (the channel's cap)" : "subscribers (the channel's slots)"),
                       .found = fmt::format("all places taken: {}", who),
                       .advice = capped ? "close one, or create the channel with a larger max_reliable"
                                        : "close one, or create the channel with more slots"});
}

/// Reliable subscribers use the places 1 to max_reliable: so their number is capped without counting.
ring::place claim_place(attachment const& a, subscriber_options const& options) {
  a.require_own();
  auto const label = options.label.empty() ? sys::program_name() : options.label;
  // The end of a publisher that died unnoticed belongs before a subscriber that comes after its death.
  ring::recover_place(a.shared(), 0);
  ring::place_range const range{1, a.shared().geometry().max_reliable + 1};
  for (int round = 0; round < most_rounds; ++round) {
    auto own = ring::place::claim(a.shared(), range, segment::place_role::reliable, label);
    if (own) return std::move(*own);
    // If not all are taken, another one was claiming at the same moment, or took our claim for a dead one's.
    if (a.participants(true).size() >= range.last - range.first) break;
  }
  no_place(a);
}

}  // namespace

subscriber_role::subscriber_role(std::shared_ptr<attachment> a, subscriber_options const& options)
    : attachment_(std::move(a)),
      data_(attachment_->memory().map_data(mirror::access::read_only)),
      place_(claim_place(*attachment_, options)) {}

void subscriber_role::refuse_corrupt() const {
  fail(errc::damaged, {.name = attachment_->name(),
                       .expected = "positions that fit each other",
                       .found = "shared memory that no working peer writes",
                       .advice = "create the channel anew with quoit::replace"});
}

status subscriber_role::wait_for_data(std::chrono::nanoseconds timeout, waiting how) noexcept {
  return waiter_.wait(*this, attachment_->shared().words().data.word, timeout, how);
}

void subscriber_role::count(std::size_t bytes) noexcept {
  auto& shared = place_.shared();
  shared.messages.store(++messages_, std::memory_order_relaxed);
  shared.bytes.store(bytes_ += bytes, std::memory_order_relaxed);
}

void subscriber_role::interrupt() noexcept { waiter_.interrupt(attachment_->shared().words().data.word); }

void subscriber_role::recover() noexcept {
  // If the publisher is dead this writes its end, which the next look sees.
  contradictory_ = ring::recover_place(attachment_->shared(), 0) == ring::recovery::corrupt;
}

void subscriber_role::sleeping() noexcept { ring::count(place_.shared().sleeps); }

void subscriber_role::overslept() noexcept { ring::count(place_.shared().overslept); }

}  // namespace quoit::detail
