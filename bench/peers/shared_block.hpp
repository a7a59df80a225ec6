// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <new>

#include <sys/mman.h>

namespace bench {

/// Zeroed memory that fork children share.
class shared_block {
 public:
  explicit shared_block(std::size_t size)
      : size_(size),
        at_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)) {
    if (at_ == MAP_FAILED) throw std::bad_alloc();
  }
  shared_block(shared_block const&) = delete;
  shared_block& operator=(shared_block const&) = delete;
  ~shared_block() { ::munmap(at_, size_); }

  template <class T>
  T& as(std::size_t offset = 0) const noexcept {
    return *reinterpret_cast<T*>(static_cast<std::byte*>(at_) + offset);
  }

 private:
  std::size_t size_;
  void* at_;
};

}  // namespace bench
