// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

/// \file
/// What becomes of an access to a page that its file has lost, because somebody truncated it, or punched a hole that
/// cannot be filled: the kernel answers with SIGBUS. In a guarded range a handler puts a page of zeros there, sets a
/// flag, and lets the access go on.
///
/// A signal for any other address goes to the handler that was there before, or ends the process as it would have.

namespace quoit::mirror {

/// One range, guarded as long as this lives. Move only.
class bus_guard {
 public:
  bus_guard() noexcept = default;

  /// Of a mapping of whole pages of that size: huge ones can be replaced as a whole only. Throws `errc::no_memory` if
  /// there are too many (1000 ranges in one process).
  bus_guard(std::byte* base, std::size_t size, std::size_t page, std::shared_ptr<std::atomic<bool>> lost);
  bus_guard(bus_guard&& other) noexcept { swap(other); }
  bus_guard& operator=(bus_guard&& other) noexcept {
    swap(other);
    return *this;
  }
  ~bus_guard();

 private:
  void swap(bus_guard& other) noexcept;

  std::shared_ptr<std::atomic<bool>> lost_;
  int number_ = -1;
};

}  // namespace quoit::mirror
