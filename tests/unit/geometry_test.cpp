// SPDX-License-Identifier: BSL-1.0
#include "segment/geometry.hpp"

#include <bit>

#include "expect_error.hpp"
#include "system/page.hpp"

using namespace quoit;
using segment::geometry;
using segment::make_rules;

BOOST_AUTO_TEST_SUITE(geometry_test)

BOOST_AUTO_TEST_CASE(defaults) {
  auto const r = make_rules({});
  BOOST_TEST(r.capacity == 1_MiB);
  BOOST_TEST(r.records == 1_MiB / 128);
  BOOST_TEST(r.slots == 64U);
  BOOST_TEST(r.max_reliable == 64U);
  BOOST_TEST(r.alignment == 16U);
}

BOOST_AUTO_TEST_CASE(capacity_is_rounded_up_to_a_power_of_two_of_at_least_a_page) {
  auto const page = sys::page_size();
  BOOST_TEST(make_rules({.capacity = 1}).capacity == page);
  BOOST_TEST(make_rules({.capacity = page}).capacity == page);
  BOOST_TEST(make_rules({.capacity = page + 1}).capacity == 2 * page);
  BOOST_TEST(make_rules({.capacity = 3_MiB}).capacity == 4_MiB);
  BOOST_TEST(make_rules({.capacity = page}).records == 64U);
}

BOOST_AUTO_TEST_CASE(impossible_options_are_refused) {
  auto const refused = [](channel_options const& o, auto const&... parts) {
    support::expect_error(
        errc::bad_options, [&] { make_rules(o); }, parts...);
  };
  refused({.capacity = 0}, "capacity", "found: 0");
  refused({.capacity = std::uint64_t{1} << 60U}, "capacity from 1 to", "1152921504606846976");
  refused({.records = 0}, "records");
  refused({.slots = 0}, "slots 0");
  refused({.slots = 1001}, "slots 1001", "1000");
  refused({.slots = 4, .max_reliable = 5}, "max_reliable 5 of 4");
  refused({.alignment = 8}, "alignment 8");
  refused({.alignment = 48}, "alignment 48");
  refused({.alignment = 1U << 30U}, "alignment");
  refused({.type = type_id{std::string(101, 't'), 1}}, "type name");
  refused({.type = type_id{"a\nb", 1}}, "type name", "\\x0a");
}

BOOST_AUTO_TEST_CASE(parts_of_a_file_do_not_overlap_and_its_data_can_be_huge_pages) {
  for (auto const capacity : {4_KiB, 1_MiB, 2_MiB, 1_GiB}) {
    segment::geometry const g(make_rules({.capacity = capacity, .path = "/x"}));
    BOOST_TEST(g.data_at >= g.header_size);
    BOOST_TEST(g.data_at % (capacity < 2_MiB ? sys::page_size() : 2_MiB) == 0U);
    BOOST_TEST(g.sync_at == g.data_at + capacity);
    BOOST_TEST(g.file_size == g.sync_at + 2 * sys::page_size());
  }
  segment::geometry const pair(make_rules({.capacity = 2_MiB}));
  BOOST_TEST(pair.data_at == 0U);
  BOOST_TEST(pair.file_size == 0U);
}

BOOST_AUTO_TEST_CASE(parts_of_the_header_do_not_overlap_and_end_inside_it) {
  for (auto const capacity : {4_KiB, 64_KiB, 1_MiB, 1_GiB}) {
    for (std::uint32_t const slots : {1U, 64U, 1000U}) {
      for (bool const times : {false, true}) {
        auto const r = make_rules({.capacity = capacity, .slots = slots, .timestamps = times});
        segment::geometry const g(r);
        BOOST_TEST(g.slots == slots + 1);
        BOOST_TEST(g.slots_at >= sizeof(segment::hot));
        BOOST_TEST(g.descriptors_at == g.slots_at + g.slots * sizeof(segment::slot));
        BOOST_TEST(g.control_size >= g.descriptors_at + g.records * g.stride);
        BOOST_TEST(g.control_size % sys::page_size() == 0U);
        BOOST_TEST(g.stride == (times ? 32U : 16U));
        BOOST_TEST(g.max_payload == capacity - 16);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(rules_from_elsewhere_are_checked_field_by_field) {
  auto const good = make_rules({});
  BOOST_TEST(!segment::fault(good));
  auto const bad = [&](auto&& change) {
    auto r = good;
    change(r);
    BOOST_TEST(segment::fault(r).has_value());
  };
  bad([](auto& r) { r.capacity = 3_MiB; });
  bad([](auto& r) { r.capacity = 0; });
  bad([](auto& r) { r.capacity = 1; });
  bad([](auto& r) { r.capacity = std::uint64_t{1} << 63U; });
  bad([](auto& r) { r.records = 4; });
  bad([](auto& r) { r.records = 9; });
  bad([](auto& r) { r.records = std::uint64_t{1} << 40U; });
  bad([](auto& r) { r.slots = 0; });
  bad([](auto& r) { r.slots = 0xFFFFFFFF; });
  bad([](auto& r) { r.max_reliable = r.slots + 1; });
  bad([](auto& r) { r.alignment = 0; });
  bad([](auto& r) { r.alignment = 24; });
  bad([](auto& r) { r.kind = 3; });
  bad([](auto& r) { r.kind = segment::kind_stream; });  // with records
  bad([](auto& r) { r.publishers = 2; });
  bad([](auto& r) { r.barrier = 0; });
  bad([](auto& r) { r.barrier = 3; });
  bad([](auto& r) { r.backing = 9; });
  bad([](auto& r) { r.timestamps = 2; });
  bad([](auto& r) { r.type_name.fill('x'); });
  bad([](auto& r) { r.type_name[0] = '\x7f'; });
  bad([](auto& r) { r.type_size = 8, r.type_alignment = 0; });
  bad([](auto& r) { r.type_size = 8, r.type_alignment = 3; });
  bad([](auto& r) { r.type_size = 32, r.type_alignment = 32; });  // in payloads aligned to 16
}

BOOST_AUTO_TEST_CASE(a_stream_has_neither_records_nor_alignment_nor_times) {
  auto const good = make_rules({.kind = kind::stream});
  BOOST_TEST(!segment::fault(good));
  auto const bad = [&](auto&& change) {
    auto r = good;
    change(r);
    BOOST_TEST(segment::fault(r).has_value());
  };
  bad([](auto& r) { r.records = 64; });
  bad([](auto& r) { r.alignment = 16; });
  bad([](auto& r) { r.timestamps = 1; });
  bad([](auto& r) { r.type_size = 8, r.type_alignment = 8; });
  segment::geometry const g(good);
  BOOST_TEST(g.is_stream());
  BOOST_TEST(g.max_payload == good.capacity);
  BOOST_TEST(g.control_size < 64U * 1024);
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_is_compared_after_rounding) {
  auto const r = make_rules({.capacity = 3_MiB, .type = type_id{"pose", 2}});
  BOOST_TEST(!segment::differs(r, {}));
  BOOST_TEST(!segment::differs(r, {.capacity = 4_MiB}));
  BOOST_TEST(!segment::differs(r, {.capacity = 3_MiB, .type = type_id{"pose", 2}}));
  auto const d = segment::differs(r, {.capacity = 1_MiB});
  BOOST_REQUIRE(d);
  BOOST_TEST(d->expected == "capacity 1048576");
  BOOST_TEST(d->found == "capacity 4194304");
  auto const t = segment::differs(r, {.type = type_id{"pose", 3}});
  BOOST_REQUIRE(t);
  BOOST_TEST(t->expected == "type 'pose' version 3");
  BOOST_TEST(t->found == "type 'pose' version 2");
}

BOOST_AUTO_TEST_SUITE_END()
