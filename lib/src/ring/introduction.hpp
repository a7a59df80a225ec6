// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

#include "quoit/info.hpp"
#include "ring/ring.hpp"

/// \file
/// What participants write into their places about themselves. It is for people: nothing depends on it.

namespace quoit::ring {

/// Of one who has just taken this place: process, label, and counters that begin at 0.
void introduce(slot& s, std::uint32_t generation, std::string const& label) noexcept;

/// Reads that: pid, label, counters. Allocates.
void read_introduction(slot const& s, participant_info& p);

/// The label alone, with '?' for what is no UTF-8, and for control characters.
std::string label_of(slot const& s);

}  // namespace quoit::ring
