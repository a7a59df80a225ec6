// SPDX-License-Identifier: BSL-1.0
#include "channel/subscriber_role.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "system/fail.hpp"
#include "system/process.hpp"

namespace quoit::detail {

namespace {

constexpr int most_rounds = 100;

[[noreturn]] void no_place(attachment const& a, bool lossy) {
  auto const& g = a.shared().geometry();
  if (!lossy && g.max_reliable == 0) {
    fail(errc::no_slot, {.name = a.name(),
                         .expected = "a channel that admits reliable subscribers",
                         .found = "max_reliable 0, as its creator chose",
                         .advice = "subscribe with delivery lossy, or create the channel with a larger max_reliable"});
  }
  std::string who;
  for (auto const& p : a.participants(true)) who += fmt::format("{}pid {}", who.empty() ? "" : ", ", p.pid);
  bool const capped = !lossy && g.publishers + g.max_reliable < g.slots;
  fail(errc::no_slot, {.name = a.name(),
                       .expected = fmt::format(
                           "fewer than {} {}", lossy ? g.slots - g.publishers : g.max_reliable,
                           capped ? "reliable subscribers (the channel's cap)" : "subscribers (the channel's slots)"),
                       .found = fmt::format("all places taken: {}", who),
                       .advice = capped ? "close one, or create the channel with a larger max_reliable"
                                        : "close one, or create the channel with more slots"});
}

/// Reliable subscribers use the first max_reliable places behind those of the publishers: so their number is capped
/// without counting.
ring::place claim_place(attachment const& a, subscriber_options const& options) {
  a.require_own();
  auto const label = options.label.empty() ? sys::program_name() : options.label;
  // The end of a publisher that died unnoticed belongs before a subscriber that comes after its death.
  auto const& g = a.shared().geometry();
  ring::recover_publishers(a.shared());
  bool const lossy = options.delivery == delivery::lossy;
  ring::place_range const for_reliable{g.publishers, g.publishers + g.max_reliable};
  ring::place_range const others{for_reliable.last, g.slots};
  ring::budget b(a.shared());
  for (int round = 0; round < most_rounds; ++round) {
    if (lossy) {
      auto own = ring::place::claim(a.shared(), others, segment::place_role::lossy, label, b);
      if (own) return std::move(*own);
    }
    auto const role = lossy ? segment::place_role::lossy : segment::place_role::reliable;
    auto own = ring::place::claim(a.shared(), for_reliable, role, label, b);
    if (own) return std::move(*own);
    // If not all are taken, another one was claiming at the same moment, or took our claim for a dead one's.
    auto const taken = a.participants(true);
    auto const in_range = std::count_if(taken.begin(), taken.end(), [&](participant_info const& p) {
      return p.slot >= for_reliable.first && p.slot < (lossy ? others.last : for_reliable.last);
    });
    if (static_cast<std::uint32_t>(in_range) >= (lossy ? others.last : for_reliable.last) - for_reliable.first) break;
  }
  no_place(a, lossy);
}

}  // namespace

void check_start(attachment const& a, start_point where) {
  error_facts facts{.doing = "choose where a subscriber starts", .name = a.name()};
  if (a.is_stream() && (where.kind == start::latest || where.kind == start::time)) {
    facts.expected = "start next, oldest, or a position";
    facts.found =
        where.kind == start::latest ? "start latest: a stream has no newest message" : "a time: a stream has none";
    facts.advice = "read from next, or from oldest, or use a channel of messages";
    fail(errc::bad_options, std::move(facts));
  }
  if (where.kind == start::time && !a.shared().keeps_times()) {
    facts.expected = "a channel with time stamps";
    facts.found = "one without";
    facts.advice = "create it with the rule timestamps";
    fail(errc::bad_options, std::move(facts));
  }
}

namespace {

std::shared_ptr<attachment> checked(std::shared_ptr<attachment> a, subscriber_options const& options) {
  check_start(*a, options.start);
  if (options.conflate && (options.delivery != delivery::lossy || a->is_stream())) {
    fail(errc::bad_options, {.name = a->name(),
                             .expected = "a lossy subscriber to messages, if it is to conflate",
                             .found = a->is_stream() ? "a stream" : "a reliable one"});
  }
  return a;
}

}  // namespace

subscriber_role::subscriber_role(std::shared_ptr<attachment> a, subscriber_options const& options)
    : attachment_(checked(std::move(a), options)),
      data_(attachment_->memory().map_data(mirror::access::read_only)),
      place_(claim_place(*attachment_, options)),
      waiter_(attachment_->shared().wakers()) {}

void subscriber_role::refuse_corrupt() const {
  fail(errc::damaged, {.name = attachment_->name(),
                       .expected = "positions that fit each other",
                       .found = "shared memory that no working peer writes",
                       .advice = "create the channel anew with quoit::replace"});
}

void subscriber_role::refuse_start(start_point where, ring::held_range held) const {
  fail(errc::not_held,
       {.name = attachment_->name(),
        .expected = fmt::format("{} {}", attachment_->is_stream() ? "position" : "sequence number", where.value),
        .found = fmt::format("{} to {} can be started with", held.first, held.last),
        .advice = "start at oldest, or at a number that is held"});
}

void subscriber_role::count_lost(std::uint64_t n) noexcept {
  auto& lost = place_.shared().lost;
  lost.store(lost.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

status subscriber_role::wait_for_data(std::chrono::nanoseconds timeout, waiting how) noexcept {
  return waiter_.wait(*this, attachment_->shared().words().data.word, timeout, how);
}

int subscriber_role::event_fd() {
  if (!events_) events_ = std::make_unique<event_source>(*attachment_, place_.shared());
  return events_->fd();
}

std::weak_ptr<void> subscriber_role::life() {
  if (!life_) life_ = std::make_shared<char>();
  return life_;
}

void subscriber_role::end_life() noexcept {
  life_.reset();
  events_.reset();
  for (auto* const o : std::exchange(onlookers_, {})) o->role_ends();
}

status subscriber_role::arm() noexcept {
  expect_news();
  return events_ ? events_->arm(stands()) : status::detached;
}

void subscriber_role::interrupt() noexcept { waiter_.interrupt(attachment_->shared().words().data.word); }

void subscriber_role::recover() noexcept {
  // If a publisher is dead this resolves what it had claimed and writes its end, which the next look sees.
  contradictory_ = !ring::recover_publishers(attachment_->shared());
}

void subscriber_role::sleeping() noexcept { ring::count(place_.shared().sleeps); }

void subscriber_role::overslept() noexcept { ring::count(place_.shared().overslept); }

}  // namespace quoit::detail
