// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <quoit/channel.hpp>

#include "exit_code.hpp"

namespace cli {

/// How long to hold channels, and where.
struct holding_options {
  bool background = false;
  bool keeper = false;  ///< Hand them to those who cannot open them otherwise.
  std::string time;  ///< Empty: until interrupted.
};

/// Holds what `open` returns, until it is interrupted, the time is over, or all of it was retired.
exit_code hold_channels(holding_options const& o, std::function<std::vector<quoit::channel>()> const& open);

}  // namespace cli
