// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include "quoit/error.hpp"

namespace quoit {

/// Throws with a code of our own.
[[noreturn]] void fail(errc code, error_facts facts);

/// Throws with errno, or with a saved value of it, and advice for those that have a usual cure.
[[noreturn]] void fail_errno(error_facts facts);
[[noreturn]] void fail_errno(int saved, error_facts facts);

/// Adds what a lower layer cannot know (which channel, doing what) to an error on its way up.
[[noreturn]] void fail_within(error const& cause, std::string_view doing, std::string_view name);

/// The text with everything but printable ASCII as \xNN.
std::string printable(std::string_view text);

}  // namespace quoit
