// SPDX-License-Identifier: BSL-1.0
#include "message_format.hpp"

#include <array>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "json_output.hpp"
#include "output.hpp"
#include "system/utf8.hpp"
#include "terminal.hpp"

namespace cli {

namespace {

constexpr std::size_t hex_row = 16;

std::string_view text_of(std::span<std::byte const> bytes) noexcept {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    auto const n = quoit::sys::character_at(text, i);
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
        case 'p': out += is_terminal(1) ? safe_text(text_of(m.bytes)) : std::string(text_of(m.bytes)); break;
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
  if (how_ == kind::framed) return print_frame(text_of(m.bytes));
  // Its sender may write to it meanwhile: what is printed has to be what was looked at.
  std::string const text(text_of(m.bytes));
  auto own = m;
  own.bytes = std::as_bytes(std::span(text));
  switch (how_) {
    case kind::framed: break;
    case kind::safe: cli::print(safe_text(text) + "\n"); break;
    case kind::hex:
      cli::print(painted(paint::bold, fmt::format("number {}, {} bytes, tag {}", m.sequence, text.size(), m.tag)) +
                 "\n" + hex_lines(own.bytes));
      break;
    case kind::object: {
      json j{{"sequence", m.sequence}, {"index", m.index}, {"tag", m.tag}, {"time", m.time}, {"size", text.size()}};
      is_utf8(text) ? j["text"] = text : j["base64"] = base64(text);
      print_json(j);
      break;
    }
    case kind::pattern: cli::print(filled_in(pattern_, own)); break;
  }
}

void message_format::print_frame(std::string_view text) const {
  if (auto const head = frame_head(framing_, text.size()); !head.empty()) cli::print(head);
  cli::print(text);
  if (auto const tail = frame_tail(framing_); !tail.empty()) cli::print(tail);
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

}  // namespace cli
