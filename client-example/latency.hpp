// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace example {

/// How long the last messages were on their way, from commit to receive, and how often they came.
class latency {
 public:
  static constexpr std::size_t window = 1000;

  struct percentiles {
    double p50 = 0;
    double p99 = 0;
    double max = 0;
  };

  /// A message that was published and received at these times: CLOCK_MONOTONIC, ns.
  void add(std::int64_t published, std::int64_t received) noexcept {
    auto const at = count_++ % window;
    on_their_way_[at] = published > 0 && published < received ? received - published : 0;
    received_[at] = received;
  }

  std::size_t count() const noexcept { return std::min(count_, window); }

  /// In microseconds, of the messages in the window.
  percentiles microseconds() const {
    if (count() == 0) return {};
    std::vector<std::int64_t> sorted(on_their_way_.begin(), on_their_way_.begin() + static_cast<long>(count()));
    std::sort(sorted.begin(), sorted.end());
    auto const at = [&](std::size_t percent) {
      return static_cast<double>(sorted[(sorted.size() - 1) * percent / 100]) / 1e3;
    };
    return {at(50), at(99), at(100)};
  }

  /// Messages a second, over the two seconds before `now`, or over the whole window if they came faster.
  double rate(std::int64_t now) const noexcept {
    constexpr std::int64_t span = 2'000'000'000;
    std::int64_t oldest = now;
    std::int64_t newest = 0;
    std::size_t recent = 0;
    for (std::size_t i = 0; i < count(); ++i) {
      if (now - received_[i] > span) continue;
      oldest = std::min(oldest, received_[i]);
      newest = std::max(newest, received_[i]);
      ++recent;
    }
    return recent < 2 || newest <= oldest
               ? 0
               : static_cast<double>(recent - 1) * 1e9 / static_cast<double>(newest - oldest);
  }

 private:
  std::array<std::int64_t, window> on_their_way_{};
  std::array<std::int64_t, window> received_{};
  std::size_t count_ = 0;
};

}  // namespace example
