// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

namespace example {

struct daemon_options;

/// The files to be streamed, in order, all of them readable so far. Throws `std::runtime_error` for the first one that
/// is not.
std::vector<std::string> file_list(daemon_options const& options);

}  // namespace example
