// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "registry/entry.hpp"

namespace quoit::registry {

/// Descriptors of the channel's two objects, had from one of its holders.
struct reached {
  sys::descriptor header;
  sys::descriptor data;
};

/// How long to look for a holder that can be reached: one may be about to write his record, and while another process
/// has the janitor's lock on a dead name, its stale records look alive. A caller that has that lock itself says so.
enum class patience : std::uint8_t { none, some, as_janitor };

/// Walks the holders and opens their descriptors through /proc, which works while they are stopped. No descriptors:
/// the channel is not held (any more), or (with patience) its name leads elsewhere by now. Throws `errc::unreachable`,
/// with the reason for each holder, if it is held but nobody's descriptors can be had.
reached reach(entry const& e, description const& d, patience p = patience::some);

}  // namespace quoit::registry
