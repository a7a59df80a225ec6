// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "quoit/info.hpp"
#include "segment/memory.hpp"

namespace quoit::detail {

/// The rules of the channel in this memory, as users see them.
channel_info describe(segment::memory const& m, std::string const& name, std::string const& path);

}  // namespace quoit::detail
