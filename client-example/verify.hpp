// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace example {

struct client_options;
class signals;

/// Receives `options.verify` messages of `daemon-example --messages` and checks each. Returns the exit status: 0 if
/// all came and were right. Throws `quoit::error`.
int verify_messages(client_options const& options, signals const& on_signal);

}  // namespace example
