// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "core/suite.hpp"

/// \file
/// What is measured: one function, and one file, for each workload. Each adds its measurements, and what we want of
/// them.

namespace bench {

void add_limits(suite& s);      ///< memcpy, clock: what the others are to be seen against.
void add_latency(suite& s);     ///< 1 and 2: one way, polled and asleep.
void add_throughput(suite& s);  ///< 3: one to one.
void add_publishers(suite& s);  ///< 4: many publishers.
void add_fan_out(suite& s);     ///< 5: one to many.
void add_sizes(suite& s);       ///< 6: rings, messages, slots, history.
void add_channels(suite& s);    ///< 6: many channels in one process.
void add_costs(suite& s);       ///< 7: opening, creating, memory, wakes.
void add_video(suite& s);       ///< 8: large frames to three consumers.
void add_log(suite& s);         ///< 8: lines of a log.
void add_pipelines(suite& s);   ///< 8: bytes between programs.

}  // namespace bench
