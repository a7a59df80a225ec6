// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "system/deadline.hpp"
#include "system/fd_port.hpp"
#include "wait/waiter.hpp"

namespace quoit::wait {

/// Waits for a descriptor that blocks, in slices, so that `w` can be interrupted: ok, timeout, interrupted. For any
/// other descriptor: ok.
status await_descriptor(sys::fd_port& port, waiter& w, sys::deadline const& limit) noexcept;

}  // namespace quoit::wait
