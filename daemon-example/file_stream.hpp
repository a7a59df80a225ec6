// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace example {

struct daemon_options;
class signals;

/// Streams `options.files` or the files named in `options.files0`, one after another, as fast as the slowest reader
/// takes them, and tells how fast that was. Returns the exit status. Throws `quoit::error` and `std::runtime_error`.
int stream_files(daemon_options const& options, signals& on_signal);

}  // namespace example
