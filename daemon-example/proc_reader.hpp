// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dirent.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "telemetry_format.hpp"

namespace example {

/// Walks over the processes of this machine: `rewind()`, then `next()` until it says no.
///
/// A process may vanish between being listed and being read, and its files may be forbidden: the former is left out,
/// of the latter what is readable is told. Nothing is allocated after construction.
class proc_reader {
 public:
  /// Throws std::system_error if there is no /proc.
  proc_reader();

  /// Starts again with the processes that are there now.
  void rewind() noexcept;

  /// Moves on to the next process; false after the last one.
  bool next() noexcept;

  /// The current process, its `size` and `name_size` not set. Valid until the next call.
  process_record const& process() const noexcept { return process_; }
  std::string_view name() const noexcept { return name_; }

 private:
  struct closer {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
  };

  /// The text of /proc/`pid`/`file`; empty if it cannot be read. Overwrites the last one.
  std::string_view read(std::string_view pid, std::string_view file) noexcept;
  bool take_stat(std::string_view text) noexcept;
  void take_io(std::string_view text) noexcept;

  std::unique_ptr<DIR, closer> directory_;
  std::uint64_t ns_per_tick_;
  std::uint64_t page_size_;
  process_record process_{};
  std::array<char, max_name_size> name_bytes_{};
  std::string_view name_;
  std::array<char, 2048> text_{};
};

}  // namespace example
