// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fstream>
#include <string>

namespace support {

/// Sees to it that so many huge pages of 2 MiB are free, and puts the system's pool back as it was.
class huge_pages {
 public:
  explicit huge_pages(long wanted) : before_(read("nr_hugepages")) {
    auto const missing = wanted - read("free_hugepages");
    if (missing > 0) write(before_ + missing);
    enough_ = read("free_hugepages") >= wanted;
  }
  huge_pages(huge_pages const&) = delete;
  huge_pages& operator=(huge_pages const&) = delete;
  ~huge_pages() {
    if (read("nr_hugepages") != before_) write(before_);
  }

  /// Not where the pool cannot be enlarged: without rights, or without memory in one piece.
  bool enough() const noexcept { return enough_; }

  static long read(char const* what) {
    long n = 0;
    std::ifstream(folder() + what) >> n;
    return n;
  }
  static void write(long n) { std::ofstream(folder() + "nr_hugepages") << n; }

 private:
  static std::string folder() { return "/sys/kernel/mm/hugepages/hugepages-2048kB/"; }

  long before_;
  bool enough_ = false;
};

}  // namespace support
