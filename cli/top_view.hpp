// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "terminal.hpp"
#include "watching.hpp"

namespace cli {

/// What `top` shows: a table of channels, and of the chosen one who takes part.
class top_view {
 public:
  enum class order { name, messages, bytes, fill, lag };

  /// Keeps what the watch has just seen.
  void take(watch const& all);

  /// Does what a key says. False: the user wants to leave.
  bool press(int key);

  bool paused() const noexcept { return paused_; }

  /// The lines of a screen of this size.
  std::vector<std::string> lines(screen_size size) const;

 private:
  struct row {
    std::string name;
    quoit::channel_info info;
    quoit::channel_sample sample;
    flow since;
    std::vector<double> history;  // messages a second, the newest last
  };

  std::vector<row const*> shown() const;
  std::string heading(std::size_t count) const;
  std::string line_of(row const& r, std::size_t columns, std::size_t name_width) const;
  void add_panel(std::vector<std::string>& lines, row const& r, std::size_t room, std::size_t columns) const;

  std::map<std::string, row> rows_;
  order order_ = order::name;
  std::string filter_;
  bool filtering_ = false;
  bool paused_ = false;
  bool panel_ = true;
  std::string chosen_;
};

}  // namespace cli
