// SPDX-License-Identifier: BSL-1.0
#include "core/cores.hpp"

#include <sched.h>

#include <stdexcept>

namespace bench {

std::vector<int> const& cores() {
  static std::vector<int> const list = [] {
    cpu_set_t set;
    std::vector<int> found;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) throw std::runtime_error("sched_getaffinity failed");
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &set)) found.push_back(i);
    }
    return found;
  }();
  return list;
}

void pin_to(std::size_t index) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cores()[index % cores().size()], &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) throw std::runtime_error("sched_setaffinity failed");
}

}  // namespace bench
