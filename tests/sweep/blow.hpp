// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/types.h>

#include "child.hpp"

/// \file
/// Where a process is hit, and the loop over all such places: each named step of the library that a scene passes, each
/// pass of it up to some number, killed there, and stopped there and continued later.

namespace sweep {

/// One hit. The signal 0 is a dry run, which only counts.
struct blow {
  std::string step{};
  std::uint64_t pass = 0;
  int signal = 0;
};

/// What is played again and again, each time with the victim hit elsewhere. `play` makes everything anew and checks it.
struct scene {
  std::string name;
  std::function<void(blow const&)> play;
};

/// All steps that are named in the sources of the library, sorted.
std::vector<std::string> const& step_names();

/// Called in the victim: from now on its steps are counted, and it is hit.
void arm(blow const& b);

/// Whether the victim of this play was hit.
bool was_hit();

/// How often the victim of the last play has passed each step, in the order of `step_names()`.
std::vector<std::uint64_t> dry_run(scene const& s);

/// Plays all hits of the scenes, and says how many there were.
void sweep(std::vector<scene> const& scenes);

/// How the victim fares.
bool is_stopped(support::child const& c);

/// Waits for something that must come, with the watchdog that no process of a play outlives.
void until(std::function<bool()> const& holds, char const* what);

}  // namespace sweep
