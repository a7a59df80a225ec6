// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

namespace support {

/// What this process holds of what a library can leak: counted before and after.
struct resources {
  std::size_t descriptors = 0;
  std::size_t shared_mappings = 0;  ///< of memfds and registry files

  static resources now() {
    resources r;
    for ([[maybe_unused]] auto const& e : std::filesystem::directory_iterator("/proc/self/fd")) ++r.descriptors;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      r.shared_mappings += line.find("quoit") != std::string::npos;
    }
    return r;
  }
  bool operator==(resources const&) const = default;
  friend std::ostream& operator<<(std::ostream& out, resources const& r) {
    return out << r.descriptors << " descriptors, " << r.shared_mappings << " shared mappings";
  }
};

}  // namespace support
