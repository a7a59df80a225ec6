// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "blow.hpp"

namespace sweep {

std::vector<scene> publisher_scenes();
std::vector<scene> subscriber_scenes();
std::vector<scene> stream_scenes();
std::vector<scene> watcher_scenes();
std::vector<scene> name_scenes();
std::vector<scene> keeper_scenes();

}  // namespace sweep
