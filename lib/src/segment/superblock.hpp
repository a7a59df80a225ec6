// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "segment/layout.hpp"

namespace quoit::segment {

/// A new one, with a fresh uuid and key.
superblock make_superblock(rules const& r, std::uint64_t header_size);

/// Sets the checksum of one that was changed.
void seal(superblock& s);

/// Checks a private copy of what was read. Throws `errc::incompatible` or `errc::damaged`, with expected and found.
void verify(superblock const& copy);

/// "8f0c..." with dashes.
std::string to_string(uuid const& id);

/// The machine's boot id; zeros where the kernel does not tell.
uuid boot_id();

}  // namespace quoit::segment
