// SPDX-License-Identifier: BSL-1.0
#include "frames.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

#include <fmt/format.h>

#include "human.hpp"

namespace cli {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t read_at_once = 1U << 18U;
constexpr std::size_t length_bytes = 4;

[[noreturn]] void too_long(std::size_t most) {
  throw std::runtime_error(fmt::format("a message on input is longer than the channel can take ({} bytes)", most));
}

}  // namespace

framing framing::parse(std::string const& text) {
  if (text == "lines") return {kind::lines};
  if (text == "nul") return {kind::nul};
  if (text == "len32") return {kind::len32};
  if (text == "eof") return {kind::eof};
  if (text.starts_with("chunk=")) {
    if (auto const n = parse_bytes(text.substr(6)); n > 0) return {kind::chunk, n};
  }
  throw std::invalid_argument("unknown frame " + text + ", expected lines, nul, len32, chunk=N or eof");
}

/// Reads more. False: there is none.
bool frame_reader::fill() {
  if (at_end_) return false;
  if (begin_ > 0 && begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < read_at_once) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() - end_ < read_at_once) buffer_.resize(std::max(2 * buffer_.size(), end_ + read_at_once));
  }
  for (;;) {
    signals_->sleep(24h * 365, fd_);  // a signal ends it, and one that came just before as well
    if (signals_->stopped()) return false;
    auto const n = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    if (n > 0) {
      end_ += static_cast<std::size_t>(n);
      return true;
    }
    if (n == 0) {
      at_end_ = true;
      return false;
    }
    if (errno != EINTR && errno != EAGAIN) throw std::system_error(errno, std::generic_category(), "cannot read input");
  }
}

std::span<std::byte const> frame_reader::cut(std::size_t size, std::size_t skipped) {
  std::span<std::byte const> const frame(buffer_.data() + begin_, size);
  begin_ += size + skipped;
  searched_ = 0;
  return frame;
}

std::optional<std::span<std::byte const>> frame_reader::until(char mark) {
  for (;;) {
    auto const* const from = buffer_.data() + begin_;
    auto const* const at = end_ == begin_ ? nullptr : std::memchr(from + searched_, mark, end_ - begin_ - searched_);
    if (at != nullptr) {
      auto const size = static_cast<std::size_t>(static_cast<std::byte const*>(at) - from);
      if (size > most_) too_long(most_);
      return cut(size, 1);
    }
    searched_ = end_ - begin_;
    if (searched_ > most_) too_long(most_);
    if (fill()) continue;
    if (signals_->stopped() || begin_ == end_) return {};
    return cut(end_ - begin_, 0);  // the last one may lack its mark
  }
}

std::optional<std::span<std::byte const>> frame_reader::take(std::size_t size, bool may_be_short) {
  if (size > most_) too_long(most_);
  while (end_ - begin_ < size) {
    if (fill()) continue;
    if (signals_->stopped() || (may_be_short && begin_ == end_)) return {};
    if (!may_be_short) throw std::runtime_error("the input breaks off within a message");
    size = end_ - begin_;
  }
  return cut(size, 0);
}

std::optional<std::span<std::byte const>> frame_reader::next() {
  switch (framing_.how) {
    case framing::kind::lines: return until('\n');
    case framing::kind::nul: return until('\0');
    case framing::kind::chunk: return take(framing_.size, true);
    case framing::kind::len32: {
      if (begin_ == end_ && !fill()) return {};
      auto const head = take(length_bytes, false);
      if (!head) return {};
      std::size_t size = 0;
      for (std::size_t i = 0; i < length_bytes; ++i) size |= std::to_integer<std::size_t>((*head)[i]) << 8 * i;
      return take(size, false);
    }
    case framing::kind::eof:
      if (at_end_) return {};
      while (fill()) {
        if (end_ - begin_ > most_) too_long(most_);
      }
      if (signals_->stopped()) return {};
      return cut(end_ - begin_, 0);
  }
  return {};
}

void frame_reader::rewind() {
  if (::lseek(fd_, 0, SEEK_SET) < 0)
    throw std::system_error(errno, std::generic_category(), "--repeat needs a file, cannot begin again");
  begin_ = end_ = searched_ = 0;
  at_end_ = false;
}

std::string frame_head(framing f, std::size_t size) {
  std::string head;
  if (f.how != framing::kind::len32) return head;
  for (std::size_t i = 0; i < length_bytes; ++i) head += static_cast<char>(size >> 8 * i & 0xFFU);
  return head;
}

std::string_view frame_tail(framing f) {
  static constexpr char nul = '\0';
  if (f.how == framing::kind::lines) return "\n";
  return f.how == framing::kind::nul ? std::string_view(&nul, 1) : std::string_view();
}

}  // namespace cli
