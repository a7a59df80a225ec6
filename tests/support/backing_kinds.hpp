// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <stdlib.h>

#include "huge_pages.hpp"
#include "quoit/options.hpp"

/// \file
/// All that the memory of a channel can be, for tests that hold for each: a file counts twice, in memory and on a disk.

namespace support {

enum class memory_kind { memfd, hugetlb, shared_file, disk_file, sysv };

inline char const* to_string(memory_kind k) {
  switch (k) {
    case memory_kind::memfd: return "memfd";
    case memory_kind::hugetlb: return "hugetlb";
    case memory_kind::shared_file: return "shared_file";
    case memory_kind::disk_file: return "disk_file";
    case memory_kind::sysv: return "sysv";
  }
  return "unknown";
}

/// A directory of the test's own.
class scratch_directory {
 public:
  explicit scratch_directory(std::string const& parent = "/var/tmp") : path_(parent + "/quoit-test-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  }
  scratch_directory(scratch_directory const&) = delete;
  scratch_directory& operator=(scratch_directory const&) = delete;
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(std::string const& name) const { return path_ + "/" + name; }
  std::string const& path() const noexcept { return path_; }
  std::size_t files() const {
    std::size_t n = 0;
    for ([[maybe_unused]] auto const& e : std::filesystem::directory_iterator(path_)) ++n;
    return n;
  }

 private:
  std::string path_;
};

/// What to create a channel of one kind with.
class memory_choice {
 public:
  explicit memory_choice(memory_kind k)
      : kind_(k),
        files_(k == memory_kind::disk_file ? "/var/tmp" : "/dev/shm"),
        pool_(k == memory_kind::hugetlb ? 8 : 0) {}

  /// With a capacity that each kind can have.
  quoit::channel_options options(std::string const& name = "memory") const {
    quoit::channel_options o{.capacity = 2 * 1024 * 1024};
    switch (kind_) {
      case memory_kind::memfd: o.backing = quoit::backing::memfd; break;
      case memory_kind::hugetlb: o.backing = quoit::backing::hugetlb; break;
      case memory_kind::sysv: o.backing = quoit::backing::sysv; break;
      default: o.path = files_.file(name); break;
    }
    return o;
  }
  bool is_file() const noexcept { return kind_ == memory_kind::shared_file || kind_ == memory_kind::disk_file; }
  quoit::backing backing() const { return is_file() ? quoit::backing::file : *options().backing; }
  std::size_t files() const { return files_.files(); }
  bool available() const noexcept { return pool_.enough(); }

 private:
  memory_kind kind_;
  scratch_directory files_;
  huge_pages pool_;
};

/// The kinds to test: all of them, or the one that the environment names.
inline std::vector<memory_kind> memory_kinds() {
  std::vector<memory_kind> const all{memory_kind::memfd, memory_kind::hugetlb, memory_kind::shared_file,
                                     memory_kind::disk_file, memory_kind::sysv};
  auto const* const wanted = std::getenv("QUOIT_TEST_MEMORY");
  if (wanted == nullptr) return all;
  for (auto const k : all) {
    if (to_string(k) == std::string(wanted)) return {k};
  }
  throw std::runtime_error("QUOIT_TEST_MEMORY names no kind of memory");
}

}  // namespace support
