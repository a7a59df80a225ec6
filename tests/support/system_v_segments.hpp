// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>

#include <sys/types.h>
#include <unistd.h>

namespace support {

/// How many System V segments there are that these processes made. (Others may be at work with segments of theirs.)
inline std::size_t system_v_segments_of(std::initializer_list<pid_t> creators) {
  std::ifstream segments("/proc/sysvipc/shm");
  std::string line;
  std::getline(segments, line);
  std::size_t count = 0;
  while (std::getline(segments, line)) {
    std::istringstream words(line);
    std::string key, id, perms, size;
    pid_t creator = 0;
    words >> key >> id >> perms >> size >> creator;
    for (auto const pid : creators) count += creator == pid;
  }
  return count;
}

}  // namespace support
