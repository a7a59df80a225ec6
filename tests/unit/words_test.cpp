// SPDX-License-Identifier: BSL-1.0
#include "segment/words.hpp"

#include <boost/test/unit_test.hpp>

#include "ring/ring.hpp"

using namespace quoit::segment;

BOOST_AUTO_TEST_SUITE(words_test)

BOOST_AUTO_TEST_CASE(record_words_keep_each_field) {
  record_word const w{0xAB'CDEF'0123, 0x5A5, 0x2BC, record_state::committed};
  auto const back = unpack_record(pack(w));
  BOOST_TEST(back.lap == w.lap);
  BOOST_TEST(back.generation == w.generation);
  BOOST_TEST(back.slot == w.slot);
  BOOST_TEST(static_cast<int>(back.state) == static_cast<int>(w.state));
  BOOST_TEST(pack(record_word{~std::uint64_t{0}, ~0U, ~0U, record_state::never}) == (~std::uint64_t{0} & ~7ULL));
}

BOOST_AUTO_TEST_CASE(identities_and_ends_keep_each_field) {
  identity_word const i{0xFFFFFFFE, place_role::reliable, place_state::live};
  BOOST_CHECK(unpack_identity(pack(i)) == i);
  auto const e = unpack_end(pack(end_word{0xDEADBEEF, end_kind::died}));
  BOOST_TEST(e.generation == 0xDEADBEEF);
  BOOST_CHECK(e.how == end_kind::died);
}

BOOST_AUTO_TEST_CASE(laps_are_compared_modulo_their_width) {
  auto const g = geometry(make_rules({.capacity = 4096, .records = 8}));
  quoit::ring::ring const r(g, 1, nullptr, -1, {});
  auto const ahead = [&](std::uint64_t lap, std::uint64_t sequence) {
    return r.laps_ahead({lap, 0, 0, record_state::committed}, sequence);
  };
  BOOST_TEST(ahead(0, 7) == 0);
  BOOST_TEST(ahead(1, 7) == 1);
  BOOST_TEST(ahead(0, 8) == -1);
  BOOST_TEST(ahead(0, lap_mask * 8) == 1);  // the lap after the last one is number 0 again
  BOOST_TEST(ahead(lap_mask, 0) == -1);
}

BOOST_AUTO_TEST_CASE(stamps_differ_by_key_sequence_and_position_and_are_never_zero) {
  auto const g = geometry(make_rules({.capacity = 4096}));
  quoit::ring::ring const r(g, 1, nullptr, -1, {});
  quoit::ring::ring const other(g, 2, nullptr, -1, {});
  BOOST_TEST(r.stamp(1, 0) != r.stamp(2, 0));
  BOOST_TEST(r.stamp(1, 0) != r.stamp(1, 16));
  BOOST_TEST(r.stamp(1, 0) != other.stamp(1, 0));
  for (std::uint64_t i = 0; i < 10000; ++i) BOOST_REQUIRE(r.stamp(i, i * 16) != 0);
}

BOOST_AUTO_TEST_SUITE_END()
