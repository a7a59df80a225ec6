// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <quoit/channel.hpp>

#include "interrupts.hpp"

namespace cli {

/// Opens a channel, and waits so long for it to appear. Nothing: it was interrupted. Throws `errc::timeout` when the
/// time is over, and otherwise as `channel::open`.
std::optional<quoit::channel> open_when_there(std::string const& name, std::chrono::nanoseconds time,
                                              quoit::channel_options const& expected, interrupts const& signals);

}  // namespace cli
