// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "registry/entry.hpp"
#include "segment/objects.hpp"

namespace quoit::registry {

/// The memory of a channel from one of its keepers, if there is one that answers within two seconds. What it hands over
/// is the very objects that the description names, or nothing. What stands in the way is added to `why`.
segment::objects ask_keepers(entry const& e, description const& d, mirror::access mode, std::string& why);

}  // namespace quoit::registry
