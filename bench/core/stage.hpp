// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/cores.hpp"

namespace bench {

/// What the processes of one measurement share, beside what is measured: where they meet, and what they found out.
class stage {
 public:
  static constexpr std::size_t most_values = 256;
  static constexpr std::size_t most_samples = 1U << 20U;

  explicit stage(std::size_t processes) noexcept : processes_(processes) {}

  /// Waits until all processes are here. Any number of times.
  void meet() noexcept;

  /// Numbers that one process leaves for the others, or for the result.
  std::atomic<std::int64_t>& value(std::size_t index) noexcept { return values_.at(index); }

  /// The number at which a sequence of messages ends, once it is known. It is stored before that last message is sent,
  /// so whoever has received it can see it.
  std::atomic<std::uint64_t> end{~std::uint64_t{0}};

  /// Ticks of single events; what is beyond `most_samples` is not kept.
  void sample(std::uint64_t ticks) noexcept {
    if (count_ < most_samples) samples_[count_++] = static_cast<std::uint32_t>(ticks);
  }
  std::vector<double> samples() const { return {samples_.begin(), samples_.begin() + static_cast<long>(count_)}; }

  std::array<char, 256> error{};

 private:
  std::size_t processes_;
  std::atomic<std::uint64_t> arrived_{0};
  std::array<std::atomic<std::int64_t>, most_values> values_{};
  std::size_t count_ = 0;
  std::array<std::uint32_t, most_samples> samples_;  // not touched before it is needed
};

/// A stage in memory that fork children share.
class shared_stage {
 public:
  explicit shared_stage(std::size_t processes);
  shared_stage(shared_stage const&) = delete;
  shared_stage& operator=(shared_stage const&) = delete;
  ~shared_stage();
  stage& operator*() const noexcept { return *stage_; }
  stage* operator->() const noexcept { return stage_; }

 private:
  stage* stage_;
};

/// One process of a measurement.
using part = std::function<void(stage&)>;

/// Forks a process for each part, and waits for all. Throws what the first one threw; then the others are killed.
/// A process that takes longer than two minutes is killed by its alarm.
void run_processes(shared_stage& s, std::vector<part> const& parts, placement where);

}  // namespace bench
