// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include "segment/layout.hpp"

namespace quoit::registry {

inline constexpr std::size_t longest_name = 200;

/// Throws `errc::bad_name`, saying what is wrong, unless the name is `[A-Za-z0-9][A-Za-z0-9._-]*`, parts joined by `/`,
/// 200 bytes at most.
void check_name(std::string_view name);

/// The file that stands for a good name: flat, with `+` for `/` (which no name contains).
std::string file_of(std::string_view name);

/// The name that a file stands for, or empty if it stands for none.
std::string name_of(std::string_view file);

/// The name under which a new file waits to be renamed over an old one: a dot and the channel's uuid.
std::string hidden_name(segment::uuid const& id);

}  // namespace quoit::registry
