// SPDX-License-Identifier: BSL-1.0
// Ten million messages of random sizes from one process to others, through rings of 4 KiB to 4 MiB.
#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

#include "scratch_registry.hpp"

using namespace quoit;

namespace {

constexpr std::uint64_t total = 10'000'000 / support::slower;

void check(message const& m, std::uint64_t number) {
  support::require(m.sequence() == number, fmt::format("number {} instead of {}", m.sequence(), number));
  support::require(m.tag() == support::tag_of(number, m.bytes().size()), "tag");
  support::require(support::verify(m.bytes(), number), "payload");
}

/// Receives one by one, or two views at once, or by polling.
int read(std::uint64_t count, int way) {
  auto sub = channel::open("x").subscriber();
  std::uint64_t next = 1;
  auto end = status::ok;
  auto const take = [&](message const& m) {
    if (m) {
      check(m, next++);
    } else if (m.status() != status::timeout) {
      end = m.status();
    }
  };
  while (end == status::ok) {
    if (way == 2) {
      auto const r = sub.poll(take);
      if (r.status != status::ok) end = r.status;
      if (r.count > 0 || end != status::ok) continue;
    }
    auto const first = sub.receive();
    take(first);
    if (way == 1 && first) take(sub.try_receive());
  }
  support::require(end == status::closed, to_string(end));
  support::require(next == count + 1, "the end came early");
  return 0;
}

void pass(std::uint64_t capacity, std::uint64_t count, int readers) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = capacity});
  auto pub = ch.publisher();
  std::vector<support::child> all;
  for (int i = 0; i < readers; ++i) all.emplace_back([=] { return read(count, i); });
  BOOST_REQUIRE(pub.wait_for_subscribers(static_cast<std::size_t>(readers)) == status::ok);
  support::random random(capacity);
  auto const longest = std::min<std::uint64_t>(pub.max_payload(), 2000);
  for (std::uint64_t i = 1; i <= count; ++i) {
    // Mostly small, now and then as long as the ring.
    auto const size = i % 50'000 == 0 ? pub.max_payload() : i % 16 == 0 ? random.below(longest) : random.below(200);
    auto room = pub.reserve(size);
    BOOST_REQUIRE(room);
    support::fill(room.bytes(), i);
    room.tag(support::tag_of(i, size));
    BOOST_REQUIRE(room.commit().sequence == i);
  }
  pub.close();
  for (auto& r : all) BOOST_REQUIRE(r.wait() == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(numbers_test)

BOOST_AUTO_TEST_CASE(ring_of_4_kib) { pass(4_KiB, total * 2 / 10, 1); }
BOOST_AUTO_TEST_CASE(ring_of_64_kib) { pass(64_KiB, total * 3 / 10, 1); }
BOOST_AUTO_TEST_CASE(ring_of_1_mib) { pass(1_MiB, total * 3 / 10, 1); }
BOOST_AUTO_TEST_CASE(ring_of_4_mib) { pass(4_MiB, total * 1 / 10, 1); }
BOOST_AUTO_TEST_CASE(ring_of_1_mib_to_three_readers) { pass(1_MiB, total * 1 / 10, 3); }

BOOST_AUTO_TEST_SUITE_END()
