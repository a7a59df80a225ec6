// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <new>
#include <stdexcept>

#include <sys/mman.h>

namespace support {

/// A value that this process and the children it forks share, with no help from what is being tested.
template <class T>
class shared_cell {
 public:
  shared_cell() {
    void* const p = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) throw std::runtime_error("mmap failed");
    value_ = new (p) T{};
  }
  shared_cell(shared_cell const&) = delete;
  shared_cell& operator=(shared_cell const&) = delete;
  ~shared_cell() { ::munmap(value_, sizeof(T)); }

  T& operator*() const noexcept { return *value_; }
  T* operator->() const noexcept { return value_; }

 private:
  T* value_;
};

}  // namespace support
