// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace example {

/// What the daemon was asked to do.
struct daemon_options {
  std::string channel;                    ///< Never empty: each mode has a name of its own.
  std::optional<std::uint64_t> capacity;  ///< If not given, the library's default or what is there already.
  double rate = 20;                       ///< Samples a second.
  std::optional<std::uint64_t> count;     ///< Samples after which to end; if not given, it goes on.

  std::optional<std::uint64_t> messages;  ///< The second mode: so many messages that prove themselves.
  std::uint64_t max_size = 4096;          ///< Of the longest message, in bytes.
  std::uint64_t seed = 1;                 ///< Other seeds, other lengths and contents.

  bool stream = false;                ///< The third mode: these files, one after another.
  std::vector<std::string> files;     ///< Their names; "-" is standard input.
  std::optional<std::string> files0;  ///< Or else the file that holds their names.
  std::uint64_t readers = 1;          ///< To wait for before the first byte.
  bool progress = false;              ///< Even if standard error is no terminal.

  bool help = false;
};

extern char const* const daemon_help;

/// Throws `usage_error`.
daemon_options parse_daemon_options(int argc, char const* const* argv);

}  // namespace example
