// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>

namespace bench {

/// Counts the instructions that the calling thread executes outside the kernel, where the processor and its hypervisor
/// let it.
class instruction_counter {
 public:
  instruction_counter() noexcept;
  instruction_counter(instruction_counter const&) = delete;
  instruction_counter& operator=(instruction_counter const&) = delete;
  ~instruction_counter();

  /// Since it was made; nothing if there is no counter.
  std::optional<std::uint64_t> read() const noexcept;

 private:
  int fd_;
};

}  // namespace bench
