// SPDX-License-Identifier: BSL-1.0
#include "system/fork_mark.hpp"

#include "child.hpp"
#include "expect_error.hpp"

using namespace quoit::sys;

BOOST_AUTO_TEST_SUITE(fork_mark_test)

BOOST_AUTO_TEST_CASE(the_mark_stays_the_same_in_one_process) {
  auto const m = own_mark();
  BOOST_TEST(m != 0U);
  BOOST_TEST(own_mark() == m);
  BOOST_TEST(is_own(m));
}

BOOST_AUTO_TEST_CASE(a_child_is_told_from_its_parent_and_grandchildren_from_both) {
  auto const m = own_mark();
  support::child first([&] {
    support::require(!is_own(m), "the child took the parent's mark for its own");
    auto const mine = own_mark();
    support::require(mine != m && is_own(mine) && !is_own(m), "the child's own mark");
    support::child second([&] { return is_own(m) || is_own(mine) ? 1 : 0; });
    return second.wait();
  });
  BOOST_TEST(first.wait() == 0);
  BOOST_TEST(is_own(m));
}

BOOST_AUTO_TEST_SUITE_END()
