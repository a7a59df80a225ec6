// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "view.hpp"

namespace example {

/// One line a second on standard output, as long as there is something new; events on standard error.
class line_view final : public view {
 public:
  explicit line_view(client_options const& options);

  std::chrono::milliseconds interval() const noexcept override { return std::chrono::seconds(1); }
  void show(observations const& seen) override;
  void note(std::string_view event) override;

 private:
  std::size_t rows_;
  std::uint64_t shown_ = 0;  ///< Samples at the last line.
};

}  // namespace example
