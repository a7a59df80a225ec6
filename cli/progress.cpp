// SPDX-License-Identifier: BSL-1.0
#include "progress.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "human.hpp"
#include "terminal.hpp"

namespace cli {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Where both go to one terminal the line would stand between what is printed.
progress::progress() : wanted_(is_terminal(2) && !is_terminal(1)), begun_(clock::now()), next_(begun_ + 1s) {}

void progress::show(std::uint64_t messages, std::uint64_t bytes) {
  if (!wanted_) return;
  auto const now = clock::now();
  if (now < next_) return;
  next_ = now + 250ms;
  shown_ = true;
  auto const seconds = std::chrono::duration<double>(now - begun_).count();
  auto line =
      as_bytes(bytes) + ", " + as_bytes(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds)) + "/s";
  if (messages > 0) {
    line = fmt::format("{} messages, {}/s, {}", messages, as_count(static_cast<double>(messages) / seconds), line);
  }
  fmt::print(stderr, "\r\033[K{}", line);
}

void progress::clear() {
  if (shown_) fmt::print(stderr, "\r\033[K");
  shown_ = false;
}

}  // namespace cli
