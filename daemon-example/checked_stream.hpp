// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace example {

struct daemon_options;
class signals;

/// Publishes `options.messages` messages of random length that prove themselves, as fast as their reader takes them,
/// and tells how fast that was. Returns the exit status. Throws `quoit::error` and `usage_error`.
int publish_checked(daemon_options const& options, signals& on_signal);

}  // namespace example
