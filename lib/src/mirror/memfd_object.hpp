// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

#include <fcntl.h>

#include "quoit/error.hpp"
#include "system/descriptor.hpp"

namespace quoit::mirror {

/// What a memfd of ours is sealed against: changes of its size, by anybody who has it, for ever.
inline constexpr int memfd_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

enum class pages : bool { normal, huge };

/// The same, and against all writers that have not mapped it by then. Since Linux 5.1.
inline constexpr int creator_seals = memfd_seals | F_SEAL_FUTURE_WRITE;

/// Whether further seals may follow.
enum class sealing : bool { done, to_follow };

/// Permission bits for its user alone.
inline constexpr mode_t own_mode = 0600;

/// A sealed memfd with all of its memory taken. `name` is what /proc shows. Throws `quoit::error`;
/// if there are too few huge pages (of 2 MiB), it says how many are free.
sys::descriptor make_memfd(std::string const& name, std::uint64_t size, pages p = pages::normal,
                           sealing s = sealing::done, mode_t mode = own_mode);

/// Adds the seals that are for its creator: from now on nobody maps it for writing. Throws `errc::busy` if somebody
/// else has opened it before, who could have it mapped already. What this process has mapped through `fd` stays.
void seal_for_creator(int fd);

/// Takes the memory of an object, or the blocks of a file, so that no access can fail for want of it later.
/// Throws `quoit::error` with what stands in `facts`.
void take_all(int fd, std::uint64_t size, error_facts facts);

}  // namespace quoit::mirror
