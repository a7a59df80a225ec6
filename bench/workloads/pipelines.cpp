// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.hpp"
#include "core/payload.hpp"
#include "core/units.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* workload = "8 pipelines";

/// Bytes in memory, which a shell can read as a file.
int make_source(std::size_t size) {
  int const fd = ::memfd_create("source", 0);
  require(fd >= 0 && ::ftruncate(fd, static_cast<off_t>(size)) == 0, "cannot make a source");
  std::array<char, 65536> block{};
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 131 >> 3U);
  for (std::size_t done = 0; done < size; done += block.size()) {
    require(::pwrite(fd, block.data(), block.size(), static_cast<off_t>(done)) > 0, "cannot fill the source");
  }
  return fd;
}

/// Wall time and CPU time of all of a command line's processes.
figures measure_command(std::string const& command, std::size_t size) {
  rusage before{}, after{};
  ::getrusage(RUSAGE_CHILDREN, &before);
  auto const begun = now();
  int const result = std::system(command.c_str());
  auto const ns = static_cast<double>(now() - begun);
  ::getrusage(RUSAGE_CHILDREN, &after);
  require(result == 0, "the command failed");
  auto const seconds = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  auto const cpu =
      seconds(after.ru_utime) - seconds(before.ru_utime) + seconds(after.ru_stime) - seconds(before.ru_stime);
  auto const count = static_cast<double>(size);
  return {{"bytes", "GB/s", count / ns}, {"CPU", "s/GB", cpu * 1e9 / count}};
}

bool has(std::string const& program) { return std::system(("command -v " + program + " >/dev/null").c_str()) == 0; }

}  // namespace

void add_pipelines(suite& s) {
  auto const size = std::size_t{s.is_quick() ? 64U : 1024U} << 20U;
  static int const source = make_source(size);
  auto const file = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(source);
  auto const add = [&](std::string const& subject, std::function<std::string()> command) {
    s.add({workload, bytes(size) + " to /dev/null", subject, [=] { return measure_command(command(), size); }});
  };
  auto const plain = [&](std::string const& subject, std::string const& command) {
    add(subject, [=] { return command; });
  };
  plain("cat", "cat " + file + " > /dev/null");
  plain("cat, cat", "cat " + file + " | cat > /dev/null");
  if (has("pv")) plain("cat, pv", "cat " + file + " | pv -q > /dev/null");
  if (has("socat"))
    plain("socat, to itself",
          "socat -u -b 65536 OPEN:" + file + " STDOUT | socat -u -b 65536 STDIN STDOUT > /dev/null");
#ifdef QUOIT_BENCH_TOOL
  add("quoit pub, quoit sub", [=] {
    std::string const tool = QUOIT_BENCH_TOOL;
    auto const name = fresh_name();
    return tool + " pub --stream " + name + " < " + file + " & " + tool + " sub --stream " + name +
           " > /dev/null && wait $!";
  });
#endif
}

}  // namespace bench
