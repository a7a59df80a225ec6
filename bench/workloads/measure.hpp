// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "core/cores.hpp"
#include "core/suite.hpp"
#include "core/transport.hpp"
#include "peers/peers.hpp"

namespace bench {

/// A name that nothing else in this run has.
std::string fresh_name();

/// Round trips between two processes, half of each: p50, p99, p99.9 and max in ns.
figures measure_latency(subject const& what, std::size_t size, pace how, placement where, settings const& s);

/// Messages of one size for some time, from one process to another: messages/s, bytes/s, and the CPU time of both.
figures measure_throughput(subject const& what, std::size_t size, std::size_t in_flight, placement where,
                           settings const& s);

/// Quoit with its two rules of the barrier.
subject quoit_subject(std::string name, quoit_rules rules);

/// In a short run: pinned only.
std::vector<placement> placements(settings const& s);

}  // namespace bench
