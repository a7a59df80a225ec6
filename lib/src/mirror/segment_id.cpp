// SPDX-License-Identifier: BSL-1.0
#include "mirror/segment_id.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "system/calls.hpp"
#include "system/fail.hpp"

namespace quoit::mirror {

segment_id::segment_id(std::size_t size) : id_(sys::shm_get(size)) {
  if (id_ >= 0) return;
  auto const saved = errno;
  auto const cure = saved == EINVAL || saved == ENOSPC;
  fail_errno(saved, {.doing = "make a System V segment (shmget)",
                     .expected = fmt::format("{} bytes", size),
                     .advice = cure ? "raise kernel.shmmax, kernel.shmall or kernel.shmmni (sysctl)" : ""});
}

segment_id::~segment_id() {
  int const saved = errno;
  sys::shm_remove(id_);
  errno = saved;
}

}  // namespace quoit::mirror
