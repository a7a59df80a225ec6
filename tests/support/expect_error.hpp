// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ostream>
#include <string>
#include <type_traits>

#include <boost/test/unit_test.hpp>

#include "quoit/error.hpp"
#include "quoit/status.hpp"

namespace quoit {
inline std::ostream& operator<<(std::ostream& out, status s) { return out << to_string(s); }
}  // namespace quoit

namespace support {

/// Expects `f` to throw a quoit::error with this code whose text holds each of these parts.
template <class F, class... Parts>
void expect_error(std::error_code code, F&& f, Parts const&... parts) {
  try {
    f();
  } catch (quoit::error const& e) {
    std::string const text = e.what();
    BOOST_TEST_INFO(text);
    BOOST_TEST(e.code() == code);
    [[maybe_unused]] auto const holds = [&](std::string const& part) {
      BOOST_TEST_INFO(text);
      BOOST_TEST(text.find(part) != std::string::npos, "the error does not say: " << part << "; it says: " << text);
    };
    (holds(parts), ...);
    BOOST_TEST(text.find('\n') == std::string::npos);
    return;
  }
  BOOST_ERROR("no error was thrown, expected: " << code.message());
}

template <class F, class... Parts>
void expect_error(quoit::errc code, F&& f, Parts const&... parts) {
  expect_error(make_error_code(code), std::forward<F>(f), parts...);
}

}  // namespace support
