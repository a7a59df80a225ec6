// SPDX-License-Identifier: BSL-1.0
#include "message_format.hpp"

#include <array>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "json_output.hpp"
#include "output.hpp"
#include "terminal.hpp"

namespace cli {

namespace {

constexpr std::size_t hex_row = 16;

std::string_view text_of(std::span<std::byte const> bytes) noexcept {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// The length of the character of UTF-8 that stands there, or 0 if none does.
std::size_t character_at(std::string_view text, std::size_t i) noexcept {
  auto const first = static_cast<unsigned char>(text[i]);
  std::size_t const size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  if (size == 0 || i + size > text.size()) return 0;
  for (std::size_t k = 1; k < size; ++k) {
    if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return 0;
  }
  // Too long for what they say, surrogates, and beyond the last one.
  auto const second = size > 1 ? static_cast<unsigned char>(text[i + 1]) : 0U;
  bool const wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                     (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return wrong ? 0 : size;
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    auto const n = character_at(text, i);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k > bytes.size() ? '=' : digits[group >> (18U - 6U * static_cast<unsigned>(k)) & 63U];
  }
  return out;
}

std::string hex_of(std::span<std::byte const> bytes) {
  std::string out;
  for (auto const b : bytes) out += fmt::format("{:02x}", std::to_integer<unsigned>(b));
  return out;
}

std::string filled_in(std::string const& pattern, shown_message const& m) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    bool const escape = pattern[i] == '\\' && i + 1 < pattern.size();
    if (escape || (pattern[i] == '%' && i + 1 < pattern.size())) {
      char const what = pattern[++i];
      if (escape) {
        out += what == 'n' ? '\n' : what == 't' ? '\t' : what;
        continue;
      }
      switch (what) {
        case 's': out += std::to_string(m.sequence); break;
        case 'i': out += std::to_string(m.index); break;
        case 'g': out += std::to_string(m.tag); break;
        case 't': out += std::to_string(m.time); break;
        case 'l': out += std::to_string(m.bytes.size()); break;
        case 'p': out += is_terminal(1) ? safe_text(m.bytes) : std::string(text_of(m.bytes)); break;
        case 'x': out += hex_of(m.bytes); break;
        case '%': out += '%'; break;
        default: throw std::invalid_argument(fmt::format("unknown %{} in the format", what));
      }
    } else {
      out += pattern[i];
    }
  }
  return out + "\n";
}

}  // namespace

message_format message_format::as_pattern(std::string const& pattern) {
  filled_in(pattern, {});
  return {kind::pattern, {}, pattern};
}

void message_format::print(shown_message const& m) const {
  auto const text = text_of(m.bytes);
  switch (how_) {
    case kind::framed:
      if (auto const head = frame_head(framing_, text.size()); !head.empty()) cli::print(head);
      cli::print(text);
      if (auto const tail = frame_tail(framing_); !tail.empty()) cli::print(tail);
      break;
    case kind::safe: cli::print(safe_text(m.bytes) + "\n"); break;
    case kind::hex:
      cli::print(painted(paint::bold, fmt::format("number {}, {} bytes, tag {}", m.sequence, text.size(), m.tag)) +
                 "\n" + hex_lines(m.bytes));
      break;
    case kind::object: {
      json j{{"sequence", m.sequence}, {"index", m.index}, {"tag", m.tag}, {"time", m.time}, {"size", text.size()}};
      is_utf8(text) ? j["text"] = text : j["base64"] = base64(text);
      print_json(j);
      break;
    }
    case kind::pattern: cli::print(filled_in(pattern_, m)); break;
  }
}

std::string hex_lines(std::span<std::byte const> bytes, std::uint64_t from) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += hex_row) {
    auto const row = bytes.subspan(i, std::min(hex_row, bytes.size() - i));
    out += fmt::format("{:08x} ", from + i);
    std::string text;
    for (std::size_t k = 0; k < hex_row; ++k) {
      if (k == hex_row / 2) out += ' ';
      if (k >= row.size()) {
        out += "   ";
        continue;
      }
      auto const c = std::to_integer<unsigned char>(row[k]);
      out += fmt::format(" {:02x}", c);
      text += c >= 0x20 && c < 0x7F ? static_cast<char>(c) : '.';
    }
    out += fmt::format("  |{}|\n", text);
  }
  return out;
}

std::string safe_text(std::span<std::byte const> bytes) {
  auto const text = text_of(bytes);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    auto const n = character_at(text, i);
    auto const c = static_cast<unsigned char>(text[i]);
    // The control characters of Latin-1, too, which some terminals obey.
    bool const control = (n == 1 && ((c < 0x20 && c != '\t') || c == 0x7F)) ||
                         (n == 2 && c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0);
    if (n == 0 || control) {
      out += fmt::format("\\x{:02x}", c);
      ++i;
    } else {
      out += text.substr(i, n);
      i += n;
    }
  }
  return out;
}

}  // namespace cli
