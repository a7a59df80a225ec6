// SPDX-License-Identifier: BSL-1.0
#include "process.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "system/utf8.hpp"

namespace cli {

std::string command_of(pid_t pid, std::uint64_t start_time) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  if (pid <= 0 || !std::getline(file, text)) return {};
  // "pid (name) state ...": the name may hold anything, the start time is field 22.
  auto const open = text.find('(');
  auto const close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  std::istringstream rest(text.substr(close + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) rest >> field;
  if (start_time != 0 && field != std::to_string(start_time)) return {};
  return quoit::sys::harmless(text.substr(open + 1, close - open - 1));
}

}  // namespace cli
