// SPDX-License-Identifier: BSL-1.0
#include "terminal.hpp"

#include <algorithm>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "system/utf8.hpp"

namespace cli {

namespace {

constexpr long most_columns = 10'000;  // or rows

/// The length of the escape sequence that begins there, or 0.
std::size_t escape_at(std::string_view text, std::size_t i) noexcept {
  if (text[i] != '\033') return 0;
  auto n = i + 1;
  if (n < text.size() && text[n] == '[') {
    for (++n; n < text.size() && (text[n] < '@' || text[n] > '~');) ++n;
  }
  return std::min(n + 1, text.size()) - i;
}

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

int number_in(char const* variable, int otherwise) noexcept {
  auto const* const text = std::getenv(variable);
  auto const n = text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  return n > 0 ? static_cast<int>(std::min(n, most_columns)) : otherwise;
}

}  // namespace

bool is_terminal(int fd) noexcept { return ::isatty(fd) == 1; }

bool has_colour() noexcept {
  static bool const has = [] {
    auto const* const none = std::getenv("NO_COLOR");
    auto const* const term = std::getenv("TERM");
    if (none != nullptr && *none != '\0') return false;
    return is_terminal(STDOUT_FILENO) && term != nullptr && std::string_view(term) != "dumb";
  }();
  return has;
}

screen_size terminal_size() noexcept {
  winsize w{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 && w.ws_row > 0) return {w.ws_col, w.ws_row};
  return {number_in("COLUMNS", 80), number_in("LINES", 24)};
}

std::string painted(paint p, std::string_view text) {
  if (p == paint::none || !has_colour() || text.empty()) return std::string(text);
  int const code = p == paint::bold     ? 1
                   : p == paint::dim    ? 2
                   : p == paint::red    ? 31
                   : p == paint::green  ? 32
                   : p == paint::yellow ? 33
                   : p == paint::cyan   ? 36
                                        : 7;
  return fmt::format("\033[{}m{}\033[0m", code, text);
}

std::string safe_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    auto const n = text[i] == '\t' ? 1 : quoit::sys::harmless_at(text, i);
    if (n == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i++]));
    } else {
      out += text.substr(i, n);
      i += n;
    }
  }
  return out;
}

std::size_t width_of(std::string_view text) noexcept {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (auto const n = escape_at(text, i); n > 0) {
      i += n;
      continue;
    }
    columns += !continues_character(text[i]);
    ++i;
  }
  return columns;
}

std::string cut(std::string_view text, std::size_t columns) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (auto const n = escape_at(text, i); n > 0) {
      out += text.substr(i, n);
      i += n;
      continue;
    }
    used += !continues_character(text[i]);
    if (used <= columns) out += text[i];
    ++i;
  }
  return out;
}

}  // namespace cli
