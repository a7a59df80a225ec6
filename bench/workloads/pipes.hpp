// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace bench {

/// Standard input into a stream of that name, as soon as somebody reads it. Exit status.
int stream_out(std::string const& name);

/// A stream, until its writer closes it, to standard output. Exit status.
int stream_in(std::string const& name);

}  // namespace bench
