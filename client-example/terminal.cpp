// SPDX-License-Identifier: BSL-1.0
#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace example {

bool terminal::available() noexcept {
  if (::isatty(STDOUT_FILENO) == 0) return false;
  char const* const type = std::getenv("TERM");
  return type != nullptr && *type != '\0' && std::string_view(type) != "dumb";
}

terminal::terminal() noexcept { draw("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J"); }

terminal::~terminal() { draw("\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"); }

terminal::dimensions terminal::size() const noexcept {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return {80, 24};
  return {window.ws_col, window.ws_row};
}

void terminal::draw(std::string_view frame) const noexcept {
  while (!frame.empty()) {
    auto const written = ::write(STDOUT_FILENO, frame.data(), frame.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) frame.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace example
