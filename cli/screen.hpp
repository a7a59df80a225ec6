// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "terminal.hpp"

namespace cli {

/// The whole terminal: another screen without echo, given back by the destructor. Throws std::runtime_error if standard
/// input or output is no terminal.
class screen {
 public:
  screen();
  ~screen();
  screen(screen const&) = delete;
  screen& operator=(screen const&) = delete;

  /// Shows these lines from the top, cut to what there is, by one write.
  void draw(std::vector<std::string> const& lines) const;
};

/// A key as it was pressed: a character, or one of these.
enum key : int {
  no_key = 0,
  key_up = 1000,
  key_down,
  key_page_up,
  key_page_down,
  key_enter,
  key_escape,
  key_backspace
};

/// What was pressed, without waiting.
int read_key() noexcept;

/// Bars from 0 to the largest value, the newest at the right, in so many columns; of blocks where the locale has them.
std::string sparkline(std::vector<double> const& values, std::size_t columns);

/// A bar of so many columns of which this share is filled.
std::string bar(double share, std::size_t columns);

}  // namespace cli
