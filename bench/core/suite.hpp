// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// One number that a measurement came to.
struct figure {
  std::string metric;  ///< "p50", "throughput"
  std::string unit;    ///< "ns", "msg/s"
  double value = 0;
};
using figures = std::vector<figure>;

/// What is measured, and under which conditions. `run` makes the measurement once.
struct measurement {
  std::string workload;    ///< "1 latency, polled"
  std::string conditions;  ///< "64 B, pinned": what is compared has the same ones
  std::string subject;     ///< "quoit"
  std::function<figures()> run;
  bool is_peer = false;  ///< Neither ours nor a limit.
};

/// What was found for one metric of one measurement, a value for each repetition.
struct row {
  std::string workload, conditions, subject, metric, unit;
  std::vector<double> values;  ///< Not a number: that repetition failed.
  std::string failure;         ///< Why.
  bool is_peer = false;
};

enum class bound { at_most, at_least };

inline constexpr char const* best_peer = "the best peer";

/// What we want of the figures of one run: a ratio of two of them, `subject` over `reference`; without a reference, the
/// figure itself. `best_peer` as the reference is the largest one of all that is neither ours nor a limit.
struct target {
  std::string workload, conditions, metric;
  std::string subject, reference;
  bound side;
  double ratio;
  std::string reference_conditions{};  ///< If they are others.
};

struct settings {
  bool quick = false;
  bool has_peers = true;
  bool has_roudi = false;  ///< iceoryx can be used.
  int repetitions = 5;
  std::string only{};     ///< Workloads whose name contains this.
  double seconds = 0.15;  ///< Of one throughput measurement.
};

/// All measurements of one run. Each repetition makes every one of them once, in order, so that a change of the
/// machine's mood meets all of them, and what is compared lies close together in time.
class suite {
 public:
  explicit suite(settings s) : settings_(std::move(s)) {}

  bench::settings const& chosen() const noexcept { return settings_; }
  bool is_quick() const noexcept { return settings_.quick; }

  void add(measurement m);
  void want(target t) { targets_.push_back(std::move(t)); }

  /// Makes all of them. What failed is told on standard error, and stands in its rows.
  std::vector<row> const& run();

  std::vector<row> const& rows() const noexcept { return rows_; }
  std::vector<target> const& targets() const noexcept { return targets_; }
  std::vector<measurement> const& measurements() const noexcept { return measurements_; }

 private:
  void keep(measurement const& m, figures const& found, int repetition);
  row& row_of(measurement const& m, std::string_view metric, std::string_view unit);

  settings settings_;
  std::vector<measurement> measurements_;
  std::vector<target> targets_;
  std::vector<row> rows_;
};

}  // namespace bench
