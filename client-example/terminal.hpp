// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string_view>

namespace example {

/// The terminal at standard output as a screen of its own: alternate buffer, no cursor, no wrapping of long lines.
/// The destructor puts back what was there.
class terminal {
 public:
  struct dimensions {
    std::size_t columns;
    std::size_t rows;
  };

  /// Whether standard output is a terminal that can do this.
  static bool available() noexcept;

  terminal() noexcept;
  ~terminal();
  terminal(terminal const&) = delete;
  terminal& operator=(terminal const&) = delete;

  dimensions size() const noexcept;

  /// Writes a frame, in as few system calls as the terminal allows, so that it does not flicker.
  void draw(std::string_view frame) const noexcept;
};

}  // namespace example
