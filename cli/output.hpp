// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

namespace cli {

/// Thrown when nobody reads standard output any more: the program has nothing left to do, and that is no failure.
struct nobody_reads {};

/// Writes to standard output. Throws `nobody_reads`, or std::system_error for a full disk and the like.
void print(std::string_view text);

/// Hands on what is buffered. Throws as `print`.
void flush();

/// Throws `nobody_reads` if standard output is a pipe that nobody reads any more: for who waits and has nothing to
/// write.
void require_reader();

}  // namespace cli
