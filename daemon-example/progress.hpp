// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "clock.hpp"

namespace example {

/// Counts bytes and tells on standard error how fast they go by: in a terminal one line that is drawn anew four times
/// a second and wiped out in the end, else a line a second.
class progress {
 public:
  /// What to move in one call, so that there is something to count now and then.
  static constexpr std::size_t piece = std::size_t{32} << 20U;
  static constexpr std::chrono::milliseconds interval{250};

  /// `shown` anyway, or if standard error is a terminal and the data goes to or comes from somewhere else.
  progress(char const* program, bool shown, bool data_is_terminal);
  ~progress();
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;

  /// The time begins now; nothing is shown before.
  void start() noexcept;
  bool started() const noexcept { return begun_ != clock::time_point{}; }

  /// True if an interval is over since the last time that it was.
  bool add(std::size_t bytes);

  /// Makes the terminal's line free for something else.
  void wipe() noexcept;

  std::uint64_t bytes() const noexcept { return bytes_; }

  /// "1000 bytes in 0.500 s: 0.000 GB/s".
  std::string summary() const;

 private:
  void show(clock::time_point now);

  char const* program_;
  bool terminal_;
  bool shown_;
  bool drawn_ = false;
  std::uint64_t bytes_ = 0;
  clock::time_point begun_{};
  clock::time_point due_{};
  clock::time_point shown_at_{};
  std::uint64_t shown_bytes_ = 0;
};

}  // namespace example
