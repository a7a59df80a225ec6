// SPDX-License-Identifier: BSL-1.0
// How many descriptors one call looks at when the words contradict each other, or somebody changes them under it. Needs
// a build with QUOIT_STEPS.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>

#include "expect_error.hpp"
#include "hostile_peer.hpp"
#include "quoit/observer.hpp"
#include "quoit/quoit.hpp"
#include "ring/budget.hpp"
#include "ring/place.hpp"
#include "system/byte_lock.hpp"
#include "system/step.hpp"

#ifdef QUOIT_STEPS

using namespace quoit;
using namespace std::chrono_literals;

namespace {

using peer = support::hostile_peer;
using segment::record_state;

constexpr std::uint64_t records = 1U << 18U;
constexpr std::uint64_t a_few = 8 * records;

channel make(std::uint32_t publishers) {
  return channel::create_anonymous(
      {.capacity = 64 * records, .records = records, .publishers = publishers, .slots = 24});
}

std::uint64_t word(std::uint64_t lap, record_state state) { return segment::pack({lap, 0, 0, state}); }

/// A walk from the floor, which is 1, meets a later lap behind all descriptors but one, and never anything else.
void lap_for_ever(peer const& p) {
  for (std::uint64_t i = 1; i < records; ++i) p.shared.record(i).a = word(0, record_state::aborted);
  p.shared.record(0).a = word(5, record_state::aborted);
  p.shared.words().floor.word = 1;
  p.shared.words().next.word = 1;
}

/// So does one from the hint, and one who waits for record 1 finds that it is not there.
void lap_behind_the_first(peer const& p) {
  lap_for_ever(p);
  p.shared.record(1).a = 0;
  p.shared.words().next.word = 3;
}

void fill_places(peer const& p, segment::place_role role, std::uint32_t first, std::uint32_t last) {
  for (auto i = first; i < last; ++i) {
    p.shared.place(i).cursor = 1;
    p.shared.place(i).identity = segment::pack({7, role, segment::place_state::live});
  }
  p.shared.words().places.word = p.shared.geometry().slots;
}

void expect_at_most(std::uint64_t looks, std::function<void()> const& call) {
  auto const before = ring::budget::looks_of_all.load();
  call();
  BOOST_TEST(ring::budget::looks_of_all.load() - before <= looks);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bounds_test)

BOOST_AUTO_TEST_CASE(of_a_publisher) {
  auto const ch = make(2);
  auto pub = ch.publisher();
  peer const p(ch);
  lap_for_ever(p);
  fill_places(p, segment::place_role::reliable, 2, 26);
  expect_at_most(a_few, [&] { BOOST_TEST(pub.try_reserve(64).status() == status::corrupt); });
  expect_at_most(a_few, [&] { BOOST_TEST(pub.reserve(64, 10ms).status() == status::corrupt); });
}

BOOST_AUTO_TEST_CASE(of_a_publisher_that_has_no_room) {
  auto const ch = make(2);
  auto pub = ch.publisher();
  peer const p(ch);
  for (std::uint64_t i = 1; i < records - 1; ++i) p.shared.record(i).a = word(0, record_state::aborted);
  p.shared.words().places.word = p.shared.geometry().slots;
  fill_places(p, segment::place_role::reliable, 2, 26);
  expect_at_most(a_few, [&] { pub.try_reserve(64); });
}

BOOST_AUTO_TEST_CASE(of_a_subscriber) {
  for (std::uint32_t const publishers : {1U, 2U, 30U}) {
    auto const ch = make(publishers);
    auto sub = ch.subscriber();
    peer const p(ch);
    lap_behind_the_first(p);
    fill_places(p, segment::place_role::publisher, 0, publishers);
    expect_at_most(a_few, [&] { BOOST_TEST(sub.try_receive().status() == status::corrupt); });
  }
}

BOOST_AUTO_TEST_CASE(of_a_subscriber_that_finds_many_dead) {
  auto const ch = make(30);
  auto sub = ch.subscriber();
  peer const p(ch);
  for (std::uint64_t i = 2; i < records - 1; ++i) p.shared.record(i).a = word(0, record_state::aborted);
  p.shared.record(1).a = word(0, record_state::reserved);
  p.shared.words().next.word = 3;
  fill_places(p, segment::place_role::publisher, 0, 30);
  expect_at_most(a_few, [&] { sub.try_receive(); });
}

namespace {

/// A whole lap of claims, so that nowhere is a free one, and thirty publishers whose locks nobody has. Nor can anybody
/// take a place after them, as the locks of the next generation are taken.
std::vector<sys::byte_lock> many_dead_and_no_end(peer const& p, int file) {
  for (std::uint64_t i = 1; i < records; ++i) p.shared.record(i).a = word(0, record_state::aborted);
  p.shared.record(0).a = word(1, record_state::aborted);
  p.shared.words().floor.word = 1;
  p.shared.words().next.word = 1;
  fill_places(p, segment::place_role::publisher, 0, 30);
  std::vector<sys::byte_lock> all;
  for (std::uint32_t i = 0; i < 30; ++i) all.push_back(sys::byte_lock::try_lock(file, ring::liveness_byte(i, 8)));
  return all;
}

sys::descriptor again(channel const& ch) {
  auto const path = "/proc/self/fd/" + std::to_string(ch.native_handles().header);
  return sys::descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_one_who_asks_who_takes_part) {
  auto const ch = make(30);
  peer const p(ch);
  auto const file = again(ch);
  auto const locks = many_dead_and_no_end(p, file.get());
  expect_at_most(a_few, [&] { BOOST_TEST(ch.participants().size() == 0U); });
}

BOOST_AUTO_TEST_CASE(of_one_who_wants_a_publishers_place) {
  auto const ch = make(30);
  peer const p(ch);
  auto const file = again(ch);
  auto const locks = many_dead_and_no_end(p, file.get());
  // At the second attempt it gets one, and then looks where to begin.
  expect_at_most(2 * a_few, [&] {
    try {
      ch.publisher();
    } catch (error const& e) {
      BOOST_TEST((e.code() == errc::publisher_taken || e.code() == errc::damaged), e.what());
    }
  });
}

BOOST_AUTO_TEST_CASE(of_an_onlooker) {
  auto const ch = make(2);
  peer const p(ch);
  lap_for_ever(p);
  auto const on = observer::from_handles(ch.native_handles());
  expect_at_most(a_few, [&] { BOOST_TEST((on.level().status == status::corrupt)); });
}

namespace {

peer const* racer = nullptr;
std::uint64_t floor_of_racer = 1;

/// Goes on by two laps, and leaves one claim, which a walk helps just before it is lapped: so it comes here again.
void race(char const* step) noexcept {
  if (std::string_view(step) != "help_looked_again") return;
  auto const& r = racer->shared;
  floor_of_racer += 2 * records;
  for (std::uint64_t k = 0; k < records; ++k) {
    auto const state = k + 2 == records ? record_state::reserved : record_state::aborted;
    r.record(floor_of_racer + k).a = word(r.lap(floor_of_racer + k), state);
    r.record(floor_of_racer + k).b = 64 * floor_of_racer;  // more than before, so that the claim's is to be set anew
  }
  r.words().floor.word = floor_of_racer;
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_a_publisher_that_is_raced) {
  auto const ch = make(2);
  auto pub = ch.publisher();
  peer const p(ch);
  racer = &p;
  floor_of_racer = 1;
  race("help_looked_again");
  sys::on_step = race;
  expect_at_most(3 * a_few, [&] { BOOST_TEST(pub.try_reserve(64).status() == status::full); });
  expect_at_most(10 * a_few, [&] { BOOST_TEST(pub.reserve(64, 1ms).status() == status::timeout); });
  sys::on_step = nullptr;
  BOOST_TEST(floor_of_racer > 16 * records);
}

namespace {

std::uint64_t passed_over;

/// Leaves nothing but discarded records, and goes on by two laps when nearly all of them were passed over.
void outrun(char const* step) noexcept {
  auto const& r = racer->shared;
  if (std::string_view(step) == "discard_met") ++passed_over;
  if (std::string_view(step) != "discard_met" || passed_over % (records - 4) != 0) return;
  floor_of_racer += 2 * records;
  for (std::uint64_t k = 0; k < records; ++k) {
    auto& d = r.record(floor_of_racer + k);
    d.a = word(r.lap(floor_of_racer + k), record_state::aborted);
    d.b = r.geometry().alignment - segment::prefix_bytes;
  }
  r.words().floor.word = floor_of_racer;
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_one_who_conflates_and_is_outrun) {
  auto const ch = make(1);
  auto sub = ch.subscriber({.delivery = lossy, .conflate = true});
  peer const p(ch);
  racer = &p;
  floor_of_racer = 1;
  passed_over = records - 5;
  outrun("discard_met");
  passed_over = 0;
  sys::on_step = outrun;
  sub.try_receive();
  sys::on_step = nullptr;
  BOOST_TEST(passed_over > records);
  BOOST_TEST(passed_over <= a_few);
}

BOOST_AUTO_TEST_SUITE_END()

#else

BOOST_AUTO_TEST_SUITE(bounds_test)
BOOST_AUTO_TEST_CASE(needs_named_steps) {
  BOOST_TEST_MESSAGE("SKIPPED: this build has no named steps (QUOIT_STEPS); the asan one has");
}
BOOST_AUTO_TEST_SUITE_END()

#endif
