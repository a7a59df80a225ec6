// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "system/descriptor.hpp"

namespace quoit::sys {

/// Whether a link in the last part of a path is followed.
enum class links : bool { refuse, follow };

/// Opens what is at `path` (as openat(2) takes it) if that is a regular file. Anything else is not opened at all: to
/// open a FIFO may wait for its other end, a terminal may become ours, and a device may do what it likes. No descriptor
/// if it fails, and errno: ENOENT if nothing is there; ELOOP for a link; ENXIO for another kind of file; ENOSYS without
/// /proc.
descriptor open_regular(int directory, char const* path, int flags, links l = links::refuse) noexcept;

}  // namespace quoit::sys
