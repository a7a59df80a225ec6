// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace example {

/// What the client was asked to do.
struct client_options {
  std::string channel;                   ///< Never empty: each mode has a name of its own.
  std::string label = "client-example";  ///< Shown beside the pid to whoever looks at the channel.
  std::optional<std::uint64_t> count;    ///< Samples after which to end; if not given, it goes on.
  std::optional<std::uint64_t> rows;     ///< Processes to show at most; if not given, what fits.
  std::optional<std::uint64_t> verify;   ///< The second mode: so many messages to verify.
  bool help = false;
};

extern char const* const client_help;

/// Throws `usage_error`.
client_options parse_client_options(int argc, char const* const* argv);

}  // namespace example
