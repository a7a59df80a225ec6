// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <quoit/quoit.hpp>
#include <string>
#include <string_view>

#include "daemon-example/signals.hpp"

namespace example {

/// Opens the channel, once somebody has created it; if that is not at once, `note` hears of it. The channel is empty
/// if the program was asked to stop meanwhile. Throws `quoit::error`, among others if it is not as expected.
quoit::channel await_channel(std::string const& name, quoit::channel_options const& expected, signals const& on_signal,
                             std::function<void(std::string_view)> const& note);

}  // namespace example
