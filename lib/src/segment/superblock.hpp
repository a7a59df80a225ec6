// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include "segment/layout.hpp"

namespace quoit::segment {

/// A new one, with a fresh uuid and key.
superblock make_superblock(rules const& r, std::uint64_t header_size, std::string_view name = {});

/// The name in it; empty for none.
std::string name_of(superblock const& s);

/// Writes another one into it, and its checksum.
void set_name(superblock& s, std::string_view name);

/// Sets the checksum of one that was changed.
void seal(superblock& s);

/// Checks a private copy of what was read. Throws `errc::incompatible` or `errc::damaged`, with expected and found.
void verify(superblock const& copy);

/// "8f0c..." with dashes.
std::string to_string(uuid const& id);

/// The machine's boot id; zeros where the kernel does not tell.
uuid boot_id();

}  // namespace quoit::segment
