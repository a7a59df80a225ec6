// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace example {

/// A mistake in the command line. The text is for the person who typed it; the exit status is 2.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Walks over a command line of `--name value`, `--name=value` and operands: words that do not begin with a dash, `-`
/// itself, and all behind `--`.
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
  std::string_view value_not_empty();
  std::uint64_t number(std::uint64_t least, std::uint64_t most);

  /// A number of bytes; KiB, MiB or GiB may follow at once.
  std::uint64_t bytes(std::uint64_t least, std::uint64_t most);

  double real(double least, double most);

  [[noreturn]] void unknown() const;

  /// To be called behind the last option, once it is known what the program is to do: throws if an option was given
  /// that is not among these.
  void allow(std::string_view mode, std::initializer_list<std::string_view> names) const;

  /// The operands, likewise; throws if there are more than `most`.
  std::vector<std::string> const& operands(std::size_t most) const;

 private:
  std::string_view take();

  std::span<char const* const> words_;
  std::string_view name_;
  std::vector<std::string_view> seen_;  ///< The names of all options so far.
  std::vector<std::string> operands_;
  std::optional<std::string_view> attached_;  ///< What stood behind `=` and was not asked for yet.
};

}  // namespace example
