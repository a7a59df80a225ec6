// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>

namespace bench {

/// "64 B", "4 KiB", "1 MiB".
inline std::string bytes(std::size_t n) {
  constexpr char const* names[] = {"B", "KiB", "MiB", "GiB"};
  int i = 0;
  while (i < 3 && n >= 1024 && n % 1024 == 0) {
    n /= 1024;
    ++i;
  }
  return std::to_string(n) + " " + names[i];
}

}  // namespace bench
