// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "watching.hpp"

namespace cli {

/// The times between messages that follow each other, ns.
class interval_statistics {
 public:
  void add(std::int64_t interval) noexcept;

  std::uint64_t count() const noexcept { return count_; }
  std::int64_t min() const noexcept { return min_; }
  std::int64_t max() const noexcept { return max_; }
  double mean() const noexcept { return mean_; }
  double standard_deviation() const noexcept;

 private:
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // of the distances from the mean, summed up
};

/// What hz knows of the times of a channel's messages. With time stamps they are those of the commits. Without, each
/// message is seen at a look at the head, of which there is one every `precision`: two at one look have no times that
/// could be told apart, and then there is nothing to say.
class message_times {
 public:
  static constexpr std::chrono::milliseconds precision{1};

  /// Between the ends of two intervals: a look at the head. With time stamps only the first one counts: where to begin.
  void glance(watched const& w);

  /// At the end of an interval: what has come in it, if at least one interval between messages could be told.
  std::optional<interval_statistics> take(watched const& w);

 private:
  void read_stamps(watched const& w);

  interval_statistics seen_;
  bool too_fast_ = false;
  std::uint64_t next_ = 0;  // the number that has not been seen; 0: nothing has been looked at
  std::int64_t last_ = 0;   // the time of the one before; 0: not known
};

}  // namespace cli
