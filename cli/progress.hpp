// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>

namespace cli {

/// One line on standard error that says how far long work has come, on a terminal only, and not before a second.
class progress {
 public:
  progress();
  ~progress() { clear(); }
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;

  /// Messages (0: there are none) and bytes until now.
  void show(std::uint64_t messages, std::uint64_t bytes);

  /// Takes the line away, so that other text can follow.
  void clear();

 private:
  bool wanted_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace cli
