// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdio>
#include <string>

#include "core/suite.hpp"

namespace bench {

/// A line for each figure: median, lowest and highest of all repetitions.
void write_csv(std::FILE* to, suite const& s);

/// The same for people, in Markdown: what was wanted and what came of it first, then a table for each workload.
/// `machine`: what it ran on, a line of Markdown each.
void write_markdown(std::FILE* to, suite const& s, std::string const& machine);

/// What this machine is: processor, cores, kernel, governor, load.
std::string describe_machine();

}  // namespace bench
