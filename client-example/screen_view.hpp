// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "terminal.hpp"
#include "view.hpp"

namespace example {

/// A table of the busiest processes, drawn in place.
///
/// It takes the terminal over with the first frame; events before that are lines on standard error, later ones stand
/// in the frame.
class screen_view final : public view {
 public:
  explicit screen_view(client_options const& options);

  std::chrono::milliseconds interval() const noexcept override { return std::chrono::milliseconds(250); }
  void show(observations const& seen) override;
  void note(std::string_view event) override;

 private:
  void draw_summary(observations const& seen);
  void draw_table(observations const& seen, terminal::dimensions size);

  client_options const& options_;
  std::optional<terminal> terminal_;
  std::string event_;
  fmt::memory_buffer frame_;
};

}  // namespace example
