// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include <sys/stat.h>

#include "system/unix_socket.hpp"

namespace quoit::registry {

/// What a user may do with a channel.
enum class leave : std::uint8_t { none, read, read_write };

/// By the owner, group and mode of its registry file, as the kernel would judge; root may do everything. Who has no
/// number in this user namespace is nobody's owner and in nobody's group.
leave leave_of(sys::credentials const& who, struct stat const& file) noexcept;

}  // namespace quoit::registry
