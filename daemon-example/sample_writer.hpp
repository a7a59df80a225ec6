// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "telemetry_format.hpp"

namespace example {

/// Writes one sample into room that was reserved for it, from front to back and never beyond its end.
class sample_writer {
 public:
  /// Requires: room for a `sample_header` at least.
  explicit sample_writer(std::span<std::byte> room) noexcept : room_(room) {}

  /// Room that will do for so many processes, however long their names are.
  static constexpr std::size_t room_for(std::size_t processes) noexcept {
    return sizeof(sample_header) + processes * record_size(max_name_size);
  }

  /// Appends a process. One for which there is no room is counted instead.
  void add(process_record record, std::string_view name) noexcept {
    name = name.substr(0, max_name_size);
    auto const size = record_size(name.size());
    if (size > room_.size() - used_) {
      ++left_out_;
      return;
    }
    record.size = static_cast<std::uint32_t>(size);
    record.name_size = static_cast<std::uint16_t>(name.size());
    auto* const at = room_.data() + used_;
    // The ring's bytes are not zero before they are written: the padding would show what was there a lap ago.
    std::memset(at + size - 8, 0, 8);
    std::memcpy(at, &record, sizeof record);
    std::memcpy(at + sizeof record, name.data(), name.size());
    used_ += size;
    ++processes_;
  }

  /// How many processes there were, with those that found no room.
  std::size_t seen() const noexcept { return std::size_t{processes_} + left_out_; }

  /// Fills in the header, whose counts are known only now. Returns the bytes used: what to commit.
  std::size_t finish(std::uint64_t number, std::int64_t taken, std::uint32_t cpus) noexcept {
    sample_header const header{sample_header::right_magic, processes_, left_out_, cpus, number, taken};
    std::memcpy(room_.data(), &header, sizeof header);
    return used_;
  }

 private:
  std::span<std::byte> room_;
  std::size_t used_ = sizeof(sample_header);
  std::uint32_t processes_ = 0;
  std::uint32_t left_out_ = 0;
};

}  // namespace example
