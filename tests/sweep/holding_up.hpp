// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

/// \file
/// Whether a victim that is stopped at a step may hold the others up: for `ring_scene::holds_up`.

namespace sweep {

bool always(std::string const& step);
bool never(std::string const& step);

/// Between a claim and its stamp nobody passes.
bool has_a_claim(std::string const& step);

/// A reliable subscriber or reader, from its joining to its leaving.
bool is_live(std::string const& step);

}  // namespace sweep
