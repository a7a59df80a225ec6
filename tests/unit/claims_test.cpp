// SPDX-License-Identifier: BSL-1.0
// What many publishers do with descriptors, on the ring itself.
#include "ring/claims.hpp"

#include <memory>

#include "channel/attachment.hpp"
#include "channel/publisher_core.hpp"
#include "expect_error.hpp"
#include "payload.hpp"

using namespace quoit;
using ring::resolution;

namespace {

/// A publisher of several, in a ring of eight records.
struct one_of_two {
  std::shared_ptr<detail::attachment> channel =
      detail::attachment::create({}, {.capacity = 4096, .records = 8, .publishers = 2}, registry::if_held::refuse);
  detail::publisher_core* core = new detail::publisher_core(channel, {});
  ring::ring const& shared = channel->shared();

  ~one_of_two() {
    core->close();
    core->drop();
  }
  void reserve() {
    BOOST_REQUIRE(core->reserve(10, detail::publisher_role::patience::none, {}, waiting::poll) == status::ok);
  }
  std::uint64_t commit() { return core->commit(10, 10, 0).sequence; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(claims_test)

BOOST_AUTO_TEST_CASE(what_was_resolved_and_lapped_since_is_resolved) {
  // One who helps may sleep between finding a claim and resolving it, for as long as the others need for a lap.
  one_of_two one;
  for (std::uint64_t i = 1; i <= 30; ++i) {
    one.reserve();
    BOOST_TEST(one.commit() == i);
  }
  for (std::uint64_t i = 1; i <= 30; ++i) BOOST_TEST((ring::resolve(one.shared, i) == resolution::resolved));
  BOOST_TEST((ring::resolve(one.shared, 31) == resolution::open));
}

BOOST_AUTO_TEST_CASE(the_claim_of_a_living_one_stays) {
  one_of_two one;
  one.reserve();
  BOOST_TEST((ring::resolve(one.shared, 1) == resolution::open));
  ring::budget b(one.shared);
  auto const at = ring::find_claim_point(one.shared, b);
  BOOST_REQUIRE(at.has_value());
  BOOST_TEST(at->sequence == 2U);
  BOOST_TEST(one.commit() == 1U);
  BOOST_TEST((ring::resolve(one.shared, 1) == resolution::resolved));
}

BOOST_AUTO_TEST_SUITE_END()
