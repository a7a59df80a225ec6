// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "daemon-example/telemetry_format.hpp"

namespace example {

/// Walks over a sample where it lies: in the ring.
///
/// Whatever a publisher wrote, it stays inside the bytes given: every number is copied out first and checked then,
/// since memory that another process may write can change between a look and the next one.
class sample_reader {
 public:
  explicit sample_reader(std::span<std::byte const> bytes) noexcept;

  /// Moves on to the next process; false after the last one, or where the sample makes no sense.
  bool next() noexcept;

  /// Whether something made no sense so far.
  bool damaged() const noexcept { return damaged_; }

  sample_header const& header() const noexcept { return header_; }

  /// The current process. The name lies in the ring, for as long as the message is held.
  process_record const& process() const noexcept { return process_; }
  std::string_view name() const noexcept { return name_; }

 private:
  std::span<std::byte const> rest_;
  sample_header header_{};
  process_record process_{};
  std::string_view name_;
  std::uint32_t left_ = 0;
  bool damaged_ = false;
};

}  // namespace example
