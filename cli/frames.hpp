// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "interrupts.hpp"

namespace cli {

/// How messages stand one behind the other in a sequence of bytes.
struct framing {
  enum class kind {
    lines,  ///< Each ends with a newline, which is not part of it.
    nul,    ///< Likewise with a byte 0.
    len32,  ///< Before each its length: 4 bytes, the lowest first.
    chunk,  ///< Each has the same length, but the last one may be shorter.
    eof,    ///< All of it is one.
  };
  kind how = kind::lines;
  std::size_t size = 0;  ///< Of a chunk.

  /// "lines", "nul", "len32", "chunk=N", "eof". Throws std::invalid_argument.
  static framing parse(std::string const& text);
};

/// Cuts what comes from a descriptor into messages.
class frame_reader {
 public:
  /// `most`: the longest message that is accepted.
  frame_reader(int fd, framing f, std::size_t most, interrupts const& signals)
      : fd_(fd), framing_(f), most_(most), signals_(&signals) {}

  /// The next one, valid until the next call. Nothing: there is no more, or the program was asked to stop. Throws
  /// std::runtime_error for one that is too long, or that breaks off.
  std::optional<std::span<std::byte const>> next();

  /// Begins again, with a file.
  void rewind();

 private:
  bool fill();
  std::optional<std::span<std::byte const>> until(char mark);
  std::optional<std::span<std::byte const>> take(std::size_t size, bool may_be_short);
  std::span<std::byte const> cut(std::size_t size, std::size_t skipped);

  int fd_;
  framing framing_;
  std::size_t most_;
  interrupts const* signals_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t searched_ = 0;  // so far behind begin_ there is no mark
  bool at_end_ = false;
};

/// What stands before or behind a message of that length.
std::string frame_head(framing f, std::size_t size);
std::string_view frame_tail(framing f);

}  // namespace cli
