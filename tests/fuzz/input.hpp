// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <type_traits>

/// \file
/// The bytes that a fuzzer hands over, read as numbers: what to do, one thing after the other. Any bytes mean
/// something, and a change of one byte changes one thing.

namespace fuzz {

/// Ends the program with a report of this input. For what no peer may bring about.
inline void require(bool condition, char const* what) {
  if (condition) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

class input {
 public:
  input(std::uint8_t const* data, std::size_t size) noexcept : left_(data, size) {}

  bool empty() const noexcept { return left_.empty(); }

  /// The next one; what is missing at the end is zeros.
  template <class T>
  T take() noexcept {
    static_assert(std::is_unsigned_v<T>);
    T value = 0;
    auto const n = std::min(left_.size(), sizeof value);
    std::memcpy(&value, left_.data(), n);
    left_ = left_.subspan(n);
    return value;
  }
  std::uint8_t byte() noexcept { return take<std::uint8_t>(); }
  bool flag() noexcept { return (byte() & 1U) != 0; }

  /// Less than `n`.
  std::uint64_t below(std::uint64_t n) noexcept { return (n <= 256 ? byte() : take<std::uint32_t>()) % n; }

  /// Near what is there, on an edge, or anything.
  std::uint64_t value(std::uint64_t there) noexcept {
    switch (below(6)) {
      case 0: return there + byte();
      case 1: return there - byte();
      case 2: return there ^ std::uint64_t{1} << below(64);
      case 3: return take<std::uint16_t>();
      case 4: return ~std::uint64_t{0} >> below(64);
      default: return take<std::uint64_t>();
    }
  }

 private:
  std::span<std::uint8_t const> left_;
};

/// Changes some bytes of an object, at places that the input chooses.
template <class T>
void change_bytes(T& object, input& in) {
  static_assert(std::is_trivially_copyable_v<T>);
  auto* const bytes = reinterpret_cast<unsigned char*>(&object);
  for (auto n = in.below(8); n > 0; --n) {
    auto const width = std::size_t{1} << in.below(4);
    auto const at = in.take<std::uint16_t>() % (sizeof(T) / width) * width;
    std::uint64_t there = 0;
    std::memcpy(&there, bytes + at, width);
    there = in.value(there);
    std::memcpy(bytes + at, &there, width);
  }
}

}  // namespace fuzz
