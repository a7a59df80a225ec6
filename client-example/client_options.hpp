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
  std::optional<std::string> sink;       ///< The third mode: the file that a stream goes to; "-" is standard output.
  bool next = false;                     ///< Not from the oldest byte on, but from the next one.
  bool follow = false;                   ///< Go on with the next writer.
  bool progress = false;                 ///< Even if standard error is no terminal.
  bool help = false;
};

extern char const* const client_help;

/// Throws `usage_error`.
client_options parse_client_options(int argc, char const* const* argv);

}  // namespace example
