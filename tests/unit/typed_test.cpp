// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <limits>
#include <numeric>
#include <vector>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace robot {

struct pose {
  double x = 0;
  double y = 0;
  double heading = 0;
};

struct scan {
  std::int64_t time;
  float resolution;  // and 4 bytes of padding
};

struct point {
  float x, y, z;
};

struct alignas(64) block {
  std::array<float, 16> samples;
};

/// As pose, with another meaning.
struct odometry {
  double x, y, heading;
};

}  // namespace robot

template <>
struct quoit::type_traits<robot::odometry> : default_type_traits<robot::odometry> {
  static std::string name() { return "odometry"; }
  static constexpr std::uint32_t version = 3;
};

using namespace robot;

BOOST_AUTO_TEST_SUITE(typed_test)

BOOST_AUTO_TEST_CASE(a_value_is_published_and_seen_in_place) {
  auto const ch = channel::create_anonymous(for_type<pose>());
  typed_subscriber<pose> sub(ch);
  typed_publisher<pose> pub(ch);
  BOOST_TEST(pub.publish({1, 2, 3}, 7).sequence == 1U);
  auto room = pub.reserve();
  BOOST_REQUIRE(room);
  BOOST_TEST(room->x == 0.0);  // as its constructor leaves it
  room->heading = 4;
  BOOST_TEST(room.commit().sequence == 2U);
  {
    auto const m = sub.receive();
    BOOST_REQUIRE(m);
    BOOST_TEST(m->y == 2.0);
    BOOST_TEST((*m).heading == 3.0);
    BOOST_TEST(m.tag() == 7U);
    BOOST_TEST(m.sequence() == 1U);
    BOOST_TEST(m.whole());
  }
  double headings = 0;
  auto const polled = sub.poll([&](pose const& p, message const& m) {
    headings += p.heading;
    BOOST_TEST(m.sequence() == 2U);
  });
  BOOST_TEST(polled.count == 1U);
  BOOST_TEST(headings == 4.0);
  BOOST_TEST(sub.try_receive().status() == status::timeout);
  pub.untyped().close();
  BOOST_TEST(sub.receive().status() == status::closed);
}

BOOST_AUTO_TEST_CASE(a_header_is_followed_by_as_many_elements_as_are_wanted) {
  auto const ch = channel::create_anonymous(for_type<scan, float>());
  typed_subscriber<scan, float> sub(ch);
  typed_publisher<scan, float> pub(ch);
  auto room = pub.reserve(5);
  BOOST_REQUIRE(room);
  room->time = 17;
  BOOST_TEST(room.tail().size() == 5U);
  std::iota(room.tail().begin(), room.tail().end(), 1.0F);
  BOOST_TEST(room.commit(6).status == status::too_big);  // and nothing is lost
  BOOST_TEST(room.commit(3).sequence == 1U);             // fewer are allowed
  BOOST_TEST(pub.publish({18, 0.5F}, {}).sequence == 2U);
  std::vector<float> const many(1000, 1.5F);
  BOOST_TEST(pub.publish({19, 0.5F}, many, 4).sequence == 3U);
  auto m = sub.receive();
  BOOST_REQUIRE(m);
  BOOST_TEST(m->time == 17);
  BOOST_REQUIRE(m.tail().size() == 3U);
  BOOST_TEST(m.tail()[2] == 3.0F);
  m = sub.receive();
  BOOST_TEST(m->time == 18);
  BOOST_TEST(m.tail().empty());
  std::size_t seen = 0;
  sub.poll([&](scan const& s, std::span<float const> tail, message const& raw) {
    BOOST_TEST(s.time == 19);
    BOOST_TEST(raw.tag() == 4U);
    seen = tail.size();
  });
  BOOST_TEST(seen == 1000U);
}

BOOST_AUTO_TEST_CASE(a_tail_lies_as_its_elements_need_it) {
  auto const ch = channel::create_anonymous(for_type<std::uint8_t, block>({.capacity = 64_KiB}));
  BOOST_TEST(ch.info().alignment == 64U);
  typed_subscriber<std::uint8_t, block> sub(ch);
  typed_publisher<std::uint8_t, block> pub(ch);
  for (std::size_t n = 0; n < 200; ++n) {
    auto room = pub.reserve(n % 7);
    BOOST_REQUIRE(room);
    BOOST_REQUIRE(reinterpret_cast<std::uintptr_t>(room.tail().data()) % 64 == 0);
    *room = static_cast<std::uint8_t>(n);
    for (auto& b : room.tail()) b.samples.fill(static_cast<float>(n));
    room.commit();
    auto const m = sub.receive();
    BOOST_REQUIRE(*m == static_cast<std::uint8_t>(n));
    BOOST_REQUIRE(m.tail().size() == n % 7);
    for (auto const& b : m.tail()) BOOST_REQUIRE(b.samples[15] == static_cast<float>(n));
  }
}

BOOST_AUTO_TEST_CASE(the_type_stands_in_the_channel) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("p", for_type<pose>());
  auto const t = ch.info().type;
  BOOST_TEST(t.name == "robot::pose");
  BOOST_TEST(t.size == 24U);
  BOOST_TEST(t.alignment == 8U);
  BOOST_TEST(t.tail == 0U);
  BOOST_TEST((channel::list()[0].type == t));
  BOOST_TEST((type_of<odometry>() == type_id{"odometry", 3, 24, 8, 0}));
  auto const s = type_of<scan, point>();
  BOOST_TEST(s.name == "robot::scan + robot::point[]");
  BOOST_TEST(s.tail == 12U);
  auto const o = type_of<scan, odometry>();
  BOOST_TEST(o.name == "robot::scan + odometry[] version 3");
}

BOOST_AUTO_TEST_CASE(another_type_is_refused_with_both_sides_named) {
  support::scratch_registry const scratch;
  auto const poses = channel::create("p", for_type<pose>());
  auto const refused = [](auto&& f, char const* expected, char const* found) {
    support::expect_error(errc::mismatch, f, "'p'", expected, found);
  };
  auto const pose_text = "found: type 'robot::pose' version 0, 24 bytes aligned to 8";
  refused([] { channel::open("p", for_type<odometry>()); },
          "expected: type 'odometry' version 3, 24 bytes aligned to 8", pose_text);
  refused([] { channel::open_or_create("p", for_type<scan>()); },
          "expected: type 'robot::scan' version 0, 16 bytes aligned to 8", pose_text);
  refused([&] { typed_publisher<point> x(poses); }, "expected: type 'robot::point' version 0, 12 bytes aligned to 4",
          pose_text);
  refused([&] { typed_subscriber<pose, float> x(poses); },
          "expected: type 'robot::pose + float[]' version 0, 24 bytes aligned to 8, followed by elements of 4 bytes",
          pose_text);
  BOOST_CHECK_NO_THROW(typed_publisher<pose>{poses});
  BOOST_CHECK_NO_THROW(channel::open("p"));  // who states nothing gets what is there
}

BOOST_AUTO_TEST_CASE(a_channel_that_states_no_type_or_is_a_stream_has_no_typed_roles) {
  auto const bare = channel::create_anonymous();
  support::expect_error(
      errc::mismatch, [&] { typed_publisher<pose> x(bare); }, "robot::pose", "no type stated");
  auto const s = channel::create_anonymous({.kind = kind::stream});
  support::expect_error(
      errc::mismatch, [&] { typed_subscriber<pose> x(s); }, "a channel of messages", "a stream");
  support::expect_error(
      errc::bad_options, [] { channel::create_anonymous(for_type<pose>({.kind = kind::stream})); }, "size of a type");
}

BOOST_AUTO_TEST_CASE(a_message_of_another_size_is_corrupt_and_passed_over) {
  auto const ch = channel::create_anonymous(for_type<pose>());
  typed_subscriber<pose> sub(ch);
  typed_subscriber<pose> polled(ch);
  auto pub = ch.publisher();  // one who does not know the type
  pose const good{1, 2, 3};
  pub.publish(support::bytes_of("too short"));
  pub.publish(std::as_bytes(std::span(&good, 1)));
  pub.publish({});
  BOOST_TEST(sub.receive().status() == status::corrupt);
  BOOST_TEST(sub.receive()->x == 1.0);
  BOOST_TEST(sub.receive().status() == status::corrupt);
  BOOST_TEST(sub.receive(1ms).status() == status::timeout);
  int seen = 0;
  auto const r = polled.poll([&](pose const&, message const&) { ++seen; });
  BOOST_TEST(seen == 1);
  BOOST_TEST(r.count == 1U);
  BOOST_TEST(r.status == status::corrupt);

  auto const tails = channel::create_anonymous(for_type<scan, float>());
  typed_subscriber<scan, float> scans(tails);
  auto raw = tails.publisher();
  raw.publish(std::vector<std::byte>(15));
  raw.publish(std::vector<std::byte>(18));
  raw.publish(std::vector<std::byte>(20));
  BOOST_TEST(scans.receive().status() == status::corrupt);
  BOOST_TEST(scans.receive().status() == status::corrupt);
  BOOST_TEST(scans.receive().tail().size() == 1U);
}

BOOST_AUTO_TEST_CASE(more_than_a_ring_holds_is_too_big_however_much_it_is) {
  auto const ch = channel::create_anonymous(for_type<scan, float>({.capacity = 4096}));
  typed_publisher<scan, float> pub(ch);
  auto const most = (4096 - 16 - sizeof(scan)) / sizeof(float);
  BOOST_TEST(pub.reserve(most).status() == status::ok);
  BOOST_TEST(pub.reserve(most + 1).status() == status::too_big);
  BOOST_TEST(pub.reserve(std::numeric_limits<std::size_t>::max()).status() == status::too_big);
  BOOST_TEST(pub.reserve(std::numeric_limits<std::size_t>::max() / 4).status() == status::too_big);
  auto const narrow = channel::create_anonymous(for_type<std::array<double, 1000>>({.capacity = 4096}));
  typed_publisher<std::array<double, 1000>> wide(narrow);
  BOOST_TEST(wide.reserve().status() == status::too_big);
  typed_publisher<pose> none;
  BOOST_TEST(none.reserve().status() == status::detached);
  BOOST_TEST(none.publish({}).status == status::detached);
  typed_reservation<scan, float> nothing;
  BOOST_TEST(nothing.commit(5).status == status::detached);
  BOOST_TEST(typed_subscriber<pose>{}.receive().status() == status::detached);
}

BOOST_AUTO_TEST_SUITE_END()
