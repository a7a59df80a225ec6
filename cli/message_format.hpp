// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "frames.hpp"

namespace cli {

/// A message to be shown, wherever it came from.
struct shown_message {
  std::span<std::byte const> bytes;
  std::uint64_t sequence = 0;
  std::uint32_t index = 0;
  std::uint32_t tag = 0;
  std::int64_t time = 0;
};

/// How `sub` and `dump` print a message.
class message_format {
 public:
  enum class kind { framed, safe, hex, object, pattern };

  /// The bytes, as that framing wants them.
  static message_format as_frames(framing f) { return {kind::framed, f, {}}; }
  /// The bytes and a newline, with control characters shown as escapes: they cannot do anything to a terminal.
  static message_format as_safe_text() { return {kind::safe, {}, {}}; }
  static message_format as_hex() { return {kind::hex, {}, {}}; }
  static message_format as_json() { return {kind::object, {}, {}}; }
  /// %s sequence, %i index in its batch, %g tag, %t time in ns, %l length, %p payload, %x payload in hex, %% itself;
  /// \n, \t, \\. A newline follows. Throws std::invalid_argument for another one.
  static message_format as_pattern(std::string const& pattern);

  /// Whatever becomes of the bytes meanwhile: they may lie in shared memory. Frames go out without a copy.
  void print(shown_message const& m) const;

 private:
  void print_frame(std::string_view text) const;

  message_format(kind how, framing f, std::string pattern) : how_(how), framing_(f), pattern_(std::move(pattern)) {}

  kind how_;
  framing framing_;
  std::string pattern_;
};

/// Lines of 16 bytes as hexdump -C shows them, with offsets from `from` on.
std::string hex_lines(std::span<std::byte const> bytes, std::uint64_t from = 0);

}  // namespace cli
