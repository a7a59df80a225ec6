// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "registry/entry.hpp"
#include "segment/objects.hpp"

namespace quoit::registry {

/// How long to look for a way to the memory: a holder may be about to write his record, and while another process has
/// the janitor's lock on a dead name, its stale records look alive. A caller that has that lock itself says so.
enum class patience : std::uint8_t { none, some, as_janitor };

/// The memory of a channel that is held: through /proc of a holder (which works while that is stopped), by the path of
/// its file, or by the ids of its System V segments; if there is no such way (and there is patience), from a keeper.
/// Nothing: the channel is not held (any more), or (with patience) its name leads elsewhere by now. Throws
/// `errc::unreachable`, with the reasons, if it is held but cannot be reached.
segment::objects reach(entry const& e, description const& d, patience p = patience::some,
                       mirror::access mode = mirror::access::read_write);

}  // namespace quoit::registry
