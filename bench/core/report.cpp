// SPDX-License-Identifier: BSL-1.0
#include "core/report.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/quantiles.hpp"

namespace bench {

namespace {

/// The median of some values, the lowest and the highest.
struct spread {
  double middle, lowest, highest;
};

std::optional<spread> spread_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  if (values.empty()) return {};
  auto const [lowest, highest] = std::minmax_element(values.begin(), values.end());
  return spread{median(values), *lowest, *highest};
}

/// Three significant digits.
std::string number(double v) {
  auto const size = std::abs(v);
  return size >= 100 ? fmt::format("{:.0f}", v) : size >= 10 ? fmt::format("{:.1f}", v) : fmt::format("{:.3g}", v);
}

std::string text(spread const& s) {
  if (s.lowest == s.highest) return number(s.middle);
  return fmt::format("{} ({}..{})", number(s.middle), number(s.lowest), number(s.highest));
}

row const* find(suite const& s, std::string const& workload, std::string const& conditions, std::string const& subject,
                std::string const& metric) {
  for (auto const& r : s.rows()) {
    if (r.workload == workload && r.conditions == conditions && r.subject == subject && r.metric == metric) return &r;
  }
  return nullptr;
}

/// What a target is held against, repetition by repetition.
std::vector<double> reference_of(suite const& s, target const& t) {
  auto const& where = t.reference_conditions.empty() ? t.conditions : t.reference_conditions;
  if (t.reference != best_peer) {
    auto const* const one = find(s, t.workload, where, t.reference, t.metric);
    return one == nullptr ? std::vector<double>{} : one->values;
  }
  std::vector<double> best;
  for (auto const& r : s.rows()) {
    if (!r.is_peer || r.workload != t.workload || r.conditions != where || r.metric != t.metric) continue;
    best.resize(std::max(best.size(), r.values.size()));
    for (std::size_t i = 0; i < r.values.size(); ++i) best[i] = std::fmax(best[i], r.values[i]);
  }
  return best;
}

/// Repetition by repetition, as both sides of a ratio then come from the same minute.
std::optional<spread> ratio_of(suite const& s, target const& t) {
  auto const* const ours = find(s, t.workload, t.conditions, t.subject, t.metric);
  if (ours == nullptr) return {};
  if (t.reference.empty()) return spread_of(ours->values);
  auto const theirs = reference_of(s, t);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(ours->values.size(), theirs.size()); ++i) {
    ratios.push_back(ours->values[i] / theirs[i]);
  }
  return spread_of(ratios);
}

void write_targets(std::FILE* to, suite const& s) {
  fmt::print(to,
             "## What was wanted\n\nA ratio is the median of those of the single repetitions, with the lowest and the "
             "highest.\n\n");
  fmt::print(to, "| workload | conditions | metric | what | over | wanted | found | |\n|-|-|-|-|-|-|-|-|\n");
  for (auto const& t : s.targets()) {
    auto const found = ratio_of(s, t);
    if (!found) continue;
    bool const is_most = t.side == bound::at_most;
    bool const met = is_most ? found->middle <= t.ratio : found->middle >= t.ratio;
    fmt::print(to, "| {} | {} | {} | {} | {} | {} {} | {} | {} |\n", t.workload, t.conditions, t.metric, t.subject,
               t.reference.empty() ? "-" : t.reference, is_most ? "<=" : ">=", number(t.ratio), text(*found),
               met ? "met" : "**missed**");
  }
}

/// One table for each workload and conditions: a line a subject, a column a metric.
void write_table(std::FILE* to, std::vector<row const*> const& rows) {
  std::vector<std::string> metrics, subjects;
  for (auto const* r : rows) {
    auto const metric = fmt::format("{}, {}", r->metric, r->unit);
    if (!r->metric.empty() && std::find(metrics.begin(), metrics.end(), metric) == metrics.end())
      metrics.push_back(metric);
    if (std::find(subjects.begin(), subjects.end(), r->subject) == subjects.end()) subjects.push_back(r->subject);
  }
  fmt::print(to, "\n### {}: {}\n\n| |", rows.front()->workload, rows.front()->conditions);
  for (auto const& m : metrics) fmt::print(to, " {} |", m);
  fmt::print(to, "\n|-|");
  for (std::size_t i = 0; i < metrics.size(); ++i) fmt::print(to, "-:|");
  for (auto const& subject : subjects) {
    fmt::print(to, "\n| {} |", subject);
    std::string failure;
    for (auto const& m : metrics) {
      std::string cell = "-";
      for (auto const* r : rows) {
        if (r->subject == subject && !r->failure.empty()) failure = r->failure;
        if (r->subject != subject || fmt::format("{}, {}", r->metric, r->unit) != m) continue;
        if (auto const found = spread_of(r->values)) cell = text(*found);
      }
      fmt::print(to, " {} |", cell);
    }
    if (!failure.empty()) fmt::print(to, " failed: {}", failure);
  }
  fmt::print(to, "\n");
}

}  // namespace

void write_csv(std::FILE* to, suite const& s) {
  fmt::print(to, "workload,conditions,subject,metric,unit,median,lowest,highest,repetitions\n");
  for (auto const& r : s.rows()) {
    auto const found = spread_of(r.values);
    if (!found) continue;
    fmt::print(to, "\"{}\",\"{}\",\"{}\",\"{}\",\"{}\",{:.6g},{:.6g},{:.6g},{}\n", r.workload, r.conditions, r.subject,
               r.metric, r.unit, found->middle, found->lowest, found->highest, r.values.size());
  }
}

void write_markdown(std::FILE* to, suite const& s, std::string const& machine) {
  fmt::print(to, "# Benchmark results\n\n{}\n", machine);
  fmt::print(to,
             "Each figure is the median of {} repetitions, with the lowest and the highest. A repetition makes every\n"
             "measurement once. [README.md](README.md) says what is measured, and how.\n\n",
             s.chosen().repetitions);
  write_targets(to, s);
  fmt::print(to, "\n## All figures\n");
  std::vector<row const*> table;
  std::vector<std::pair<std::string, std::string>> done;
  for (auto const& first : s.rows()) {
    auto const key = std::pair(first.workload, first.conditions);
    if (std::find(done.begin(), done.end(), key) != done.end()) continue;
    done.push_back(key);
    table.clear();
    for (auto const& r : s.rows()) {
      if (std::pair(r.workload, r.conditions) == key) table.push_back(&r);
    }
    write_table(to, table);
  }
}

}  // namespace bench
