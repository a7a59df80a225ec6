// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <new>
#include <string>
#include <string_view>

#include "system/fail.hpp"

namespace quoit::detail {

/// Runs `f`; what it throws is told as having happened while `doing` this to that channel.
template <class F>
auto within(char const* doing, std::string_view name, F&& f) {
  try {
    return f();
  } catch (error const& e) {
    fail_within(e, doing, name);
  } catch (std::bad_alloc const&) {
    fail(errc::no_memory,
         {.doing = doing, .name = std::string(name), .found = "no memory for this process's own data"});
  }
}

/// Throws `errc::no_such_channel`.
[[noreturn]] void nobody(std::string_view name);

}  // namespace quoit::detail
