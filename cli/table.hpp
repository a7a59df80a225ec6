// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "terminal.hpp"

namespace cli {

enum class align : bool { left, right };

/// Rows of text under a heading, each column as wide as its widest cell.
class table {
 public:
  struct column {
    std::string heading;
    align side = align::left;
  };
  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// One cell for each column; missing ones are empty.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  bool empty() const noexcept { return rows_.empty(); }

  /// The lines, the heading first, without what is blank at their ends.
  std::vector<std::string> lines() const;
  std::string text() const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace cli
