// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <sys/utsname.h>

#include "core/cores.hpp"
#include "core/report.hpp"

namespace bench {

namespace {

std::string first_line(char const* path, std::string const& otherwise) {
  std::ifstream in(path);
  std::string line;
  return std::getline(in, line) && !line.empty() ? line : otherwise;
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

/// What the guest knows of it.
bool is_virtual() {
  std::ifstream in("/proc/cpuinfo");
  std::stringstream all;
  all << in.rdbuf();
  return all.str().find(" hypervisor") != std::string::npos;
}

}  // namespace

std::string describe_machine() {
  utsname kernel{};
  ::uname(&kernel);
  std::array<double, 3> load{};
  ::getloadavg(load.data(), 3);
  std::array<char, 32> date{};
  std::time_t const t = std::time(nullptr);
  std::strftime(date.data(), date.size(), "%Y-%m-%d %H:%M UTC", std::gmtime(&t));
  return fmt::format(
      "- processor: {}{}, {} cores used\n- kernel: {} {}\n- frequency governor: {}; turbo and idle states as they were "
      "found\n- clock source: {}; transparent huge pages: {}\n- load before the run: {:.2f} {:.2f} {:.2f}\n- compiler: "
      "{}\n- {}\n",
      processor(), is_virtual() ? ", in a virtual machine" : "", cores().size(), kernel.sysname, kernel.release,
      first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "not to be seen from here"),
      first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", "unknown"),
      first_line("/sys/kernel/mm/transparent_hugepage/enabled", "none"), load[0], load[1], load[2], __VERSION__,
      date.data());
}

}  // namespace bench
