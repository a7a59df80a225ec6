// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon-example/telemetry_format.hpp"
#include "history.hpp"
#include "sample_reader.hpp"

namespace example {

/// A process as it is known from several samples.
struct process_row {
  process_record last{};
  std::string name;             ///< Printable ASCII.
  double cpu_percent = 0;       ///< Of one processor, over the last step.
  double read_per_second = 0;   ///< Bytes.
  double write_per_second = 0;  ///< Bytes.
  history cpu;                  ///< One value a step.
  process_record step_start{};  ///< As it was when the step began.
  std::uint64_t seen_in = 0;    ///< The last update that had it.
};

/// The processes of the last sample, and how busy they are.
///
/// A daemon tells running totals; usage is their growth over a step of half a second. Shorter ones would show the
/// kernel's 10 ms ticks more than the processes.
class process_table {
 public:
  static constexpr double step_seconds = 0.5;

  /// Takes a sample in. What it does not list has gone.
  void update(sample_reader& sample);

  /// The busiest ones, at most `count`; valid until the next update.
  std::vector<process_row const*> busiest(std::size_t count) const;

  std::size_t size() const noexcept { return rows_.size(); }

 private:
  void take(process_record const& process, std::string_view name);
  static void end_step(process_row& row, double seconds);

  std::unordered_map<std::int32_t, process_row> rows_;
  std::uint64_t updates_ = 0;
  double step_began_ = 0;  ///< When its first sample was taken; 0: none yet.
};

}  // namespace example
