// SPDX-License-Identifier: BSL-1.0
#include "registry/name.hpp"

#include "expect_error.hpp"
#include "quoit/channel.hpp"
#include "scratch_registry.hpp"

using quoit::errc;
using namespace quoit::registry;

BOOST_AUTO_TEST_SUITE(name_test)

BOOST_AUTO_TEST_CASE(good_names_pass) {
  for (auto const* good : {"a", "camera/front", "A.b_c-d/0/9", "0", "x/y/z"}) BOOST_CHECK_NO_THROW(check_name(good));
  BOOST_CHECK_NO_THROW(check_name(std::string(200, 'a')));
}

BOOST_AUTO_TEST_CASE(bad_names_are_refused_with_what_is_wrong) {
  support::expect_error(
      errc::bad_name, [] { check_name(""); }, "empty");
  support::expect_error(
      errc::bad_name, [] { check_name(".."); }, "'.' at byte 0");
  support::expect_error(
      errc::bad_name, [] { check_name("a/../b"); }, "'.' at byte 2");
  support::expect_error(
      errc::bad_name, [] { check_name("/a"); }, "empty part at byte 0");
  support::expect_error(
      errc::bad_name, [] { check_name("a//b"); }, "empty part at byte 2");
  support::expect_error(
      errc::bad_name, [] { check_name("a/"); }, "slash at the end");
  support::expect_error(
      errc::bad_name, [] { check_name(std::string(201, 'a')); }, "201 bytes", "200");
  support::expect_error(
      errc::bad_name, [] { check_name("a\nb"); }, "\\x0a", "byte 1");
  support::expect_error(
      errc::bad_name, [] { check_name(std::string_view("a\0b", 3)); }, "\\x00");
  support::expect_error(
      errc::bad_name, [] { check_name("caf\xc3\xa9"); }, "\\xc3");
  support::expect_error(
      errc::bad_name, [] { check_name("a+b"); }, "'+' at byte 1");
}

BOOST_AUTO_TEST_CASE(every_call_that_takes_a_name_checks_it) {
  support::scratch_registry const scratch;
  using quoit::channel;
  support::expect_error(
      errc::bad_name, [] { channel::create(".."); }, "create channel '..'");
  support::expect_error(
      errc::bad_name, [] { channel::create("..", quoit::replace); }, "replace channel");
  support::expect_error(
      errc::bad_name, [] { channel::open(".."); }, "open channel");
  support::expect_error(
      errc::bad_name, [] { channel::open("..", quoit::wait_for{}); }, "open channel");
  support::expect_error(
      errc::bad_name, [] { channel::open_or_create(".."); }, "open or create");
  support::expect_error(
      errc::bad_name, [] { channel::remove(".."); }, "remove channel");
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_CASE(names_and_files_map_onto_each_other) {
  BOOST_TEST(file_of("camera/front") == "camera+front");
  BOOST_TEST(name_of("camera+front") == "camera/front");
  BOOST_TEST(name_of(".hidden").empty());
  BOOST_TEST(name_of("a b").empty());
}

BOOST_AUTO_TEST_SUITE_END()
