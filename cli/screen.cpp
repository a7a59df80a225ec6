// SPDX-License-Identifier: BSL-1.0
#include "screen.hpp"

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <langinfo.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace cli {

namespace {

termios before{};

void send(std::string_view text) noexcept {
  while (!text.empty()) {
    auto const n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool has_blocks() {
  static bool const has = [] {
    std::setlocale(LC_CTYPE, "");
    return std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  }();
  return has;
}

/// From nothing to all of it.
constexpr std::array blocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array letters{" ", ".", ":", "-", "=", "+", "*", "%", "#"};

}  // namespace

screen::screen() {
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) throw std::runtime_error("top needs a terminal");
  ::tcgetattr(STDIN_FILENO, &before);
  auto raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // signals still come from the keys
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  send("\033[?1049h\033[?25l\033[2J");
}

screen::~screen() {
  send("\033[?25h\033[?1049l");
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

void screen::draw(std::vector<std::string> const& lines) const {
  auto const size = terminal_size();
  std::string text = "\033[H";
  for (int i = 0; i < size.rows; ++i) {
    auto const row = static_cast<std::size_t>(i);
    if (row < lines.size()) text += cut(lines[row], static_cast<std::size_t>(size.columns));
    text += "\033[K";
    if (i + 1 < size.rows) text += "\r\n";
  }
  send(text);
}

int read_key() noexcept {
  char c = 0;
  if (::read(STDIN_FILENO, &c, 1) != 1) return no_key;
  if (c == '\r' || c == '\n') return key_enter;
  if (c == 0x7F || c == '\b') return key_backspace;
  if (c != '\033') return static_cast<unsigned char>(c);
  char sequence[8] = {};
  auto const n = ::read(STDIN_FILENO, sequence, sizeof sequence - 1);
  if (n < 2 || (sequence[0] != '[' && sequence[0] != 'O')) return key_escape;
  switch (sequence[1]) {
    case 'A': return key_up;
    case 'B': return key_down;
    case '5': return key_page_up;
    case '6': return key_page_down;
    default: return no_key;
  }
}

std::string sparkline(std::vector<double> const& values, std::size_t columns) {
  auto const n = std::min(values.size(), columns);
  auto const first = values.end() - static_cast<std::ptrdiff_t>(n);
  auto const most = n == 0 ? 0 : *std::max_element(first, values.end());
  std::string out(columns - n, ' ');
  for (auto v = first; v != values.end(); ++v) {
    auto const level = most > 0 ? static_cast<std::size_t>(std::ceil(8 * std::max(*v, 0.0) / most)) : 0;
    out += (has_blocks() ? blocks : letters)[std::min<std::size_t>(level, 8)];
  }
  return out;
}

std::string bar(double share, std::size_t columns) {
  auto const filled = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns)));
  std::string out;
  for (std::size_t i = 0; i < columns; ++i) out += i < filled ? (has_blocks() ? "█" : "#") : (has_blocks() ? "░" : "-");
  return out;
}

}  // namespace cli
