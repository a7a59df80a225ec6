// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <utility>

namespace quoit::mirror {

/// A System V segment that nobody can find, removed by the destructor: the kernel frees it with its last attachment,
/// or at once if there is none. Until then, and only if the process is killed meanwhile, it would stay.
class segment_id {
 public:
  /// Throws `quoit::error`.
  explicit segment_id(std::size_t size);
  segment_id(segment_id const&) = delete;
  segment_id& operator=(segment_id const&) = delete;
  ~segment_id();

  int get() const noexcept { return id_; }

 private:
  int id_;
};

}  // namespace quoit::mirror
