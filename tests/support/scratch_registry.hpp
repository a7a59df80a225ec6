// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace support {

/// A registry directory of the test's own, so that tests meet neither each other nor anybody else.
class scratch_registry {
 public:
  scratch_registry() {
    std::string pattern = "/dev/shm/quoit-test-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
    use(path_);
  }
  scratch_registry(scratch_registry const&) = delete;
  scratch_registry& operator=(scratch_registry const&) = delete;
  ~scratch_registry() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    ::unsetenv("QUOIT_RUNTIME_DIR");
  }

  static void use(std::string const& path) { ::setenv("QUOIT_RUNTIME_DIR", path.c_str(), 1); }

  std::string const& path() const noexcept { return path_; }
  std::string file(std::string const& name) const { return path_ + "/" + name; }
  std::size_t files() const {
    std::size_t n = 0;
    for ([[maybe_unused]] auto const& e : std::filesystem::directory_iterator(path_)) ++n;
    return n;
  }

 private:
  std::string path_;
};

}  // namespace support
