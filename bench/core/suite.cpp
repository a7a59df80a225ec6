// SPDX-License-Identifier: BSL-1.0
#include "core/suite.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <limits>

namespace bench {

void suite::add(measurement m) {
  if (m.workload.find(settings_.only) != std::string::npos) measurements_.push_back(std::move(m));
}

row& suite::row_of(measurement const& m, std::string_view metric, std::string_view unit) {
  for (auto& r : rows_) {
    if (r.workload == m.workload && r.conditions == m.conditions && r.subject == m.subject && r.metric == metric)
      return r;
  }
  return rows_.emplace_back(
      row{m.workload, m.conditions, m.subject, std::string(metric), std::string(unit), {}, {}, m.is_peer});
}

void suite::keep(measurement const& m, figures const& found, int repetition) {
  for (auto const& f : found) {
    auto& r = row_of(m, f.metric, f.unit);
    r.values.resize(static_cast<std::size_t>(repetition), std::numeric_limits<double>::quiet_NaN());
    r.values.push_back(f.value);
  }
}

std::vector<row> const& suite::run() {
  for (int repetition = 0; repetition < settings_.repetitions; ++repetition) {
    for (auto const& m : measurements_) {
      std::fprintf(stderr, "\r\033[K%d/%d %s | %s | %s", repetition + 1, settings_.repetitions, m.workload.c_str(),
                   m.conditions.c_str(), m.subject.c_str());
      try {
        keep(m, m.run(), repetition);
      } catch (std::exception const& e) {
        std::fprintf(stderr, ": %s\n", e.what());
        auto const known = std::any_of(rows_.begin(), rows_.end(), [&](row const& r) {
          return r.workload == m.workload && r.conditions == m.conditions && r.subject == m.subject;
        });
        if (!known) row_of(m, "", "");
        for (auto& r : rows_) {
          if (r.workload == m.workload && r.conditions == m.conditions && r.subject == m.subject) r.failure = e.what();
        }
      }
    }
  }
  std::fprintf(stderr, "\r\033[K");
  return rows_;
}

}  // namespace bench
