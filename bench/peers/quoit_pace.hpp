// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "core/transport.hpp"
#include "quoit/options.hpp"

namespace bench {

inline quoit::waiting quoit_pace(pace p) noexcept {
  return p == pace::polled ? quoit::waiting::poll : p == pace::asleep ? quoit::waiting::sleep : quoit::waiting::spin;
}

}  // namespace bench
