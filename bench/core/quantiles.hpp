// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace bench {

/// The smallest value that at least the share `q` of all values does not exceed. Sorts. 0 if there are none.
inline double quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  auto const rank = std::ceil(q * static_cast<double>(values.size()));
  auto const index = std::max(rank, 1.0) - 1;
  return values[std::min(values.size() - 1, static_cast<std::size_t>(index))];
}

inline double median(std::vector<double> values) { return quantile(values, 0.5); }

}  // namespace bench
