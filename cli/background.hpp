// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>

#include "exit_code.hpp"

namespace cli {

/// Runs `work` in a process of its own, which goes on when this one has ended: away from the terminal, and as soon as
/// it has called the function that it is given, without standard output and error. Returns when it has called that, or
/// ended; the code is that of the work if it has ended, else ok. Its pid goes to standard output.
exit_code run_in_background(std::function<exit_code(std::function<void()> const& ready)> const& work);

}  // namespace cli
