// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <vector>

#include "quoit/mirror.hpp"

namespace support {

inline std::vector<std::unique_ptr<quoit::mirror::maker>> all_makers() {
  std::vector<std::unique_ptr<quoit::mirror::maker>> all;
  all.push_back(std::make_unique<quoit::mirror::memfd>());
  all.push_back(std::make_unique<quoit::mirror::temporary_file>("/dev/shm"));
  all.push_back(std::make_unique<quoit::mirror::system_v>());
  all.push_back(std::make_unique<quoit::mirror::remap_pages>());
  all.push_back(std::make_unique<quoit::mirror::heap>());
  return all;
}

}  // namespace support
