// SPDX-License-Identifier: BSL-1.0
#include "channel/publisher_role.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "channel/attendance.hpp"
#include "ring/ends.hpp"
#include "ring/introduction.hpp"
#include "system/fail.hpp"
#include "system/process.hpp"

namespace quoit::detail {

namespace {

constexpr int most_rounds = 100;
constexpr std::chrono::nanoseconds least_pause = std::chrono::milliseconds(10);

[[noreturn]] void taken(attachment const& a) {
  auto const& s = a.shared().place(0);
  auto const most = a.shared().geometry().publishers;
  fail(errc::publisher_taken,
       {.name = a.name(),
        .expected = most == 1 ? "no living publisher" : fmt::format("fewer than {} living publishers", most),
        .found = fmt::format("pid {} ('{}')", s.pid.load(std::memory_order_relaxed), ring::label_of(s)),
        .advice = "close that one first; if it is killed, its place is free at once"});
}

bool are_taken(attachment const& a) {
  for (std::uint32_t i = 0; i < a.shared().geometry().publishers; ++i) {
    auto const id = segment::unpack_identity(a.shared().place(i).identity.load(std::memory_order_acquire));
    if (id.state != segment::place_state::live && id.state != segment::place_state::joining) return false;
  }
  return true;
}

void require_creator(attachment& a) {
  if (a.memory().may_write_data()) return;
  fail(errc::not_creator, {.name = a.name(),
                           .expected = "the channel object that created the channel (its rule is creator_only)",
                           .found = "one that has opened it",
                           .advice = "publish from there, or create the channel anew (quoit::replace)"});
}

std::shared_ptr<mirror::mirrored> map_data(attachment& a) {
  a.require_own();
  require_creator(a);
  return a.memory().map_data(mirror::access::read_write);
}

ring::place claim_place(attachment const& a, publisher_options const& options) {
  a.require_own();
  auto const label = options.label.empty() ? sys::program_name() : options.label;
  ring::place_range const places{0, a.shared().geometry().publishers};
  ring::budget b(a.shared());
  for (int round = 0; round < most_rounds; ++round) {
    auto own = ring::place::claim(a.shared(), places, segment::place_role::publisher, label, b);
    if (own) return std::move(*own);
    // Others are living here, or were claiming at the same moment.
    if (are_taken(a)) break;
  }
  taken(a);
}

}  // namespace

publisher_role::publisher_role(std::shared_ptr<attachment> a, publisher_options const& options)
    : attachment_(std::move(a)),
      data_(map_data(*attachment_)),
      place_(claim_place(*attachment_, options)),
      waiter_(attachment_->shared().wakers()),
      patience_(options.patience) {
  attachment_->note_publisher();
}

void publisher_role::refuse_corrupt() const {
  fail(errc::damaged, {.name = attachment_->name(),
                       .expected = "positions that fit each other",
                       .found = "shared memory that no working peer writes",
                       .advice = "create the channel anew with quoit::replace"});
}

status publisher_role::wait_for_space(patience p, std::chrono::nanoseconds timeout, waiting how) noexcept {
  if (p == patience::wait && timeout > std::chrono::nanoseconds::zero()) {
    auto& word = attachment_->shared().words().space.word;
    sys::deadline const limit(timeout);
    auto pause = patience_;
    for (;;) {
      auto const s = waiter_.wait(*this, word, std::min(limit.left(), pause), how);
      if (s != status::timeout || limit.is_over()) return s;
      bool any = false;
      for_each_in_way([&](std::uint32_t i, std::uint32_t generation) { any = evict(i, generation) || any; });
      // Nobody in the way can be evicted: another publisher's reservation has to end, however short our patience is.
      pause = any ? patience_ : std::max(patience_, least_pause);
    }
  }
  if (p == patience::wait && waiter_.take_interrupt()) return status::interrupted;
  recover();
  auto const s = look(true);
  return s == status::timeout && p == patience::none ? status::full : s;
}

template <class F>
void publisher_role::for_each_in_way(F&& f) noexcept {
  auto const& r = attachment_->shared();
  auto const goal = find_goal();
  if (!goal) return;
  auto const used = std::min(r.words().places.word.load(std::memory_order_acquire), r.geometry().slots);
  for (auto i = r.geometry().publishers; i < used; ++i) {
    auto const& s = r.place(i);
    auto const id = segment::unpack_identity(s.identity.load(std::memory_order_acquire));
    if (id.state != segment::place_state::live || id.role != segment::place_role::reliable) continue;
    if (is_in_way(s.cursor.load(std::memory_order_relaxed), *goal)) f(i, id.generation);
  }
}

void publisher_role::recover() noexcept {
  auto const& r = attachment_->shared();
  ring::budget b(r);
  for_each_in_way([&](std::uint32_t i, std::uint32_t) {
    if (ring::recover_place(r, i, b) == ring::recovery::freed) ring::count(place_.shared().recovered);
  });
}

bool publisher_role::evict(std::uint32_t index, std::uint32_t generation) noexcept {
  auto const& r = attachment_->shared();
  return index >= r.geometry().publishers && index < r.geometry().slots && ring::evict(r, index, generation);
}

status publisher_role::wait_for_subscribers(std::size_t count, std::chrono::nanoseconds timeout) noexcept {
  attendance all(*attachment_, count);
  return waiter_.wait(all, attachment_->shared().words().space.word, timeout, waiting::sleep);
}

void publisher_role::interrupt() noexcept { waiter_.interrupt(attachment_->shared().words().space.word); }

void publisher_role::finish(segment::end_kind how) noexcept {
  ring::budget b(attachment_->shared());
  bool const done = ring::finish_publisher(attachment_->shared(), place_.index(), place_.live_identity(), how, b);
  // Words that contradict each other, or that somebody changes all the time, let nobody write an end. Those who look
  // for the dead shall meet this one: else all would wait for it for ever.
  if (!done) place_.abandon();
  place_.leave();
}

void publisher_role::sleeping() noexcept {
  ring::count(place_.shared().sleeps);
  // Now that time does not matter any more: is who is in the way alive? If not, the word to sleep on changes.
  recover();
}

void publisher_role::overslept() noexcept { ring::count(place_.shared().overslept); }

}  // namespace quoit::detail
