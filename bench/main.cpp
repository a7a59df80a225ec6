// SPDX-License-Identifier: BSL-1.0
// Measures Quoit, its peers and the limits of the machine, all in one run, by turns. See docs/benchmarks/README.md.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include <unistd.h>

#include "core/clock.hpp"
#include "core/report.hpp"
#include "core/suite.hpp"
#include "workloads/workloads.hpp"

namespace {

constexpr char const* usage =
    "usage: quoit-bench [--quick] [--only PART] [--repetitions N] [--iceoryx] [--no-peers] [--csv FILE] [--markdown "
    "FILE] [--list]\n"
    "\n"
    "  --quick         about a minute in all: short measurements, once each, pinned only\n"
    "  --only PART     only workloads whose name contains PART; may be given once\n"
    "  --repetitions N of each measurement; 5, or 1 if quick\n"
    "  --iceoryx       RouDi is running, with room for the sizes that scripts/bench gives it\n"
    "  --no-peers      only Quoit and the limits of the machine\n"
    "  --csv FILE      writes all figures there\n"
    "  --markdown FILE writes tables there; else to standard output\n"
    "  --list          tells what would be measured\n";

struct arguments {
  bench::settings settings{};
  std::string csv, markdown;
  bool lists = false;
};

arguments parse(int argc, char** argv) {
  arguments a;
  bool repeats = false;
  for (int i = 1; i < argc; ++i) {
    std::string const option = argv[i];
    auto const value = [&]() -> std::string {
      if (++i < argc) return argv[i];
      std::fputs(usage, stderr);
      std::exit(2);
    };
    if (option == "--quick") {
      a.settings.quick = true;
      a.settings.seconds = 0.02;
      if (!repeats) a.settings.repetitions = 1;
    } else if (option == "--only") {
      a.settings.only = value();
    } else if (option == "--repetitions") {
      a.settings.repetitions = std::max(1, static_cast<int>(std::strtol(value().c_str(), nullptr, 10)));
      repeats = true;
    } else if (option == "--iceoryx") {
      a.settings.has_roudi = true;
    } else if (option == "--no-peers") {
      a.settings.has_peers = false;
    } else if (option == "--csv") {
      a.csv = value();
    } else if (option == "--markdown") {
      a.markdown = value();
    } else if (option == "--list") {
      a.lists = true;
    } else {
      std::fputs(usage, stderr);
      std::exit(option == "--help" ? 0 : 2);
    }
  }
  return a;
}

/// A registry of its own, so that nothing else is met there, and nothing is left.
class scratch_registry {
 public:
  scratch_registry() {
    char name[] = "/dev/shm/quoit-bench-XXXXXX";
    if (::mkdtemp(name) == nullptr) throw std::runtime_error("cannot make a directory in /dev/shm");
    path_ = name;
    ::setenv("QUOIT_RUNTIME_DIR", name, 1);
  }
  scratch_registry(scratch_registry const&) = delete;
  scratch_registry& operator=(scratch_registry const&) = delete;
  ~scratch_registry() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

 private:
  std::string path_;
};

void write(std::string const& path, auto&& how) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> const file(std::fopen(path.c_str(), "w"), &std::fclose);
  if (file == nullptr) throw std::runtime_error("cannot write " + path);
  how(file.get());
}

int run(arguments const& a) {
  scratch_registry const registry;
  auto const machine = bench::describe_machine();
  bench::tick_length();
  bench::suite s(a.settings);
  bench::add_limits(s);
  bench::add_latency(s);
  bench::add_throughput(s);
  bench::add_publishers(s);
  bench::add_fan_out(s);
  bench::add_sizes(s);
  bench::add_channels(s);
  bench::add_costs(s);
  bench::add_video(s);
  bench::add_log(s);
  bench::add_pipelines(s);
  if (a.lists) {
    for (auto const& m : s.measurements()) {
      std::printf("%s | %s | %s\n", m.workload.c_str(), m.conditions.c_str(), m.subject.c_str());
    }
    return 0;
  }
  s.run();
  auto const markdown = [&](std::FILE* to) { bench::write_markdown(to, s, machine); };
  if (!a.csv.empty()) write(a.csv, [&](std::FILE* to) { bench::write_csv(to, s); });
  a.markdown.empty() ? markdown(stdout) : write(a.markdown, markdown);
  for (auto const& r : s.rows()) {
    if (!r.failure.empty()) return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(parse(argc, argv));
  } catch (std::exception const& e) {
    std::fprintf(stderr, "quoit-bench: %s\n", e.what());
    return 2;
  }
}
