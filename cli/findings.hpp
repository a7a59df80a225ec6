// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

namespace cli {

/// What was found out about this machine or session.
struct finding {
  enum class rank {
    good,
    note,     ///< Something works less well, or only in part.
    problem,  ///< Channels cannot be used, or will be lost.
  };
  std::string what;
  rank state = rank::good;
  std::string found;
  std::string advice;  ///< What to do; empty if nothing.
};

/// What the kernel offers: memfd, seals, files without a name, locks, futex_waitv, membarrier.
std::vector<finding> find_in_kernel();

/// How much there is: memory, /dev/shm, huge pages, limits of this process.
std::vector<finding> find_room();

/// Who sees whom: the registry, /proc, namespaces, what logind removes.
std::vector<finding> find_visibility();

/// The channels that are in a registry that can be read, and cannot be looked at: damaged, out of reach, of other
/// users.
std::vector<finding> find_in_channels();

/// What makes it slow: clock source, governor, cores.
std::vector<finding> find_speed();

}  // namespace cli
