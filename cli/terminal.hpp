// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

namespace cli {

/// Whether this descriptor is a terminal.
bool is_terminal(int fd) noexcept;

/// Whether what goes to standard output may have colours: a terminal, not "dumb", and no NO_COLOR.
bool has_colour() noexcept;

struct screen_size {
  int columns = 80;
  int rows = 24;
};
/// Of the terminal on standard output; COLUMNS and LINES where there is none.
screen_size terminal_size() noexcept;

enum class paint { none, bold, dim, red, green, yellow, cyan, reverse };

/// The text with the sequences around it, if there may be colours.
std::string painted(paint p, std::string_view text);

/// With control characters, and what is no UTF-8, as \xNN: whoever wrote it, it cannot do anything to a terminal. Tabs
/// stay.
std::string safe_text(std::string_view text);

/// How many columns a text takes: characters of UTF-8, without escape sequences.
std::size_t width_of(std::string_view text) noexcept;

/// The text cut to so many columns; what of it is escape sequences is kept.
std::string cut(std::string_view text, std::size_t columns);

}  // namespace cli
