// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/test/unit_test.hpp>

/// \file
/// What kind of build this is, for tests that a sanitizer's own system calls and address space make meaningless.

namespace support {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define QUOIT_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define QUOIT_SANITIZED 1
#endif
#endif

#ifdef QUOIT_SANITIZED
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// For the first line of a test: `if (skipped_if_sanitized("why")) return;`
inline bool skipped_if_sanitized(char const* why) {
  if (sanitized) BOOST_TEST_MESSAGE("SKIPPED under a sanitizer: " << why);
  return sanitized;
}

/// How much less a sanitized build does of what takes long.
inline constexpr int slower = sanitized ? 10 : 1;

}  // namespace support
