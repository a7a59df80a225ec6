// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace example {

/// The last values of something, from 0 on, and a picture of them.
class history {
 public:
  static constexpr std::size_t size = 64;

  void push(double value) noexcept {
    at_ = (at_ + 1) % size;
    values_[at_] = value;
  }

  /// The last `width` values (at most `size`) as bars, the newest one at the right; `full` is a full bar.
  std::string bars(std::size_t width, double full) const {
    static constexpr std::array<char const*, 9> glyphs{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    width = std::min(width, size);
    std::string line;
    for (std::size_t ago = width; ago-- > 0;) {
      double const share = std::clamp(values_[(at_ + size - ago) % size] / full, 0.0, 1.0);
      auto const level = static_cast<std::size_t>(share * 8 + 0.5);
      line += glyphs[level == 0 && share > 0.01 ? 1 : level];
    }
    return line;
  }

 private:
  std::array<double, size> values_{};
  std::size_t at_ = 0;
};

}  // namespace example
