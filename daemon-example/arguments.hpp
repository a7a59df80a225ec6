// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

namespace example {

/// A mistake in the command line. The text is for the person who typed it; the exit status is 2.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Walks over a command line of `--name value` and `--name=value`.
///
/// A number must be one to its last character and lie in its range; everything else throws `usage_error`.
class arguments {
 public:
  arguments(int argc, char const* const* argv);

  /// Moves on to the next option; false when there is none left.
  bool next();

  /// Whether the current option has this name, dashes included.
  bool is(std::string_view name) const noexcept { return name == name_; }

  std::string_view value();
  std::uint64_t number(std::uint64_t least, std::uint64_t most);

  /// A number of bytes; KiB, MiB or GiB may follow at once.
  std::uint64_t bytes(std::uint64_t least, std::uint64_t most);

  double real(double least, double most);

  [[noreturn]] void unknown() const;

 private:
  std::span<char const* const> words_;
  std::string_view name_;
  std::optional<std::string_view> attached_;  ///< What stood behind `=` and was not asked for yet.
};

}  // namespace example
