// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "system/descriptor.hpp"

namespace quoit::registry {

/// The registry directory, opened and found trustworthy: `$QUOIT_RUNTIME_DIR`, else `/dev/shm/quoit-UID`.
class directory {
 public:
  /// Makes the directory if it is missing. Throws `errc::untrusted` if others could plant files in it.
  static directory open();

  int fd() const noexcept { return fd_.get(); }
  std::string const& path() const noexcept { return path_; }
  std::string path_of(std::string const& file) const { return path_ + "/" + file; }

  /// The names of all files in it, sorted, without `.` and `..`.
  std::vector<std::string> files() const;

  /// Whether that is a regular file which belongs to neither us nor root.
  bool has_file_of_another(std::string const& file) const noexcept;

  /// Throws what the kernel would say, before anything is done, if this process may not delete or rename over that open
  /// file of the directory: it is sticky, and neither of both is ours.
  void require_changeable(int file, std::string const& path) const;

 private:
  directory(sys::descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  sys::descriptor fd_;
  std::string path_;
};

}  // namespace quoit::registry
