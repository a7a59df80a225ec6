// SPDX-License-Identifier: BSL-1.0
#include "blow.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <sys/wait.h>

#include <boost/test/unit_test.hpp>

#include "shared_cell.hpp"
#include "system/step.hpp"
#include "tried.hpp"

namespace sweep {

namespace {

using namespace std::chrono_literals;

constexpr auto long_enough = 60s;  // that somebody waits in vain, and not for his turn on a busy machine
constexpr std::size_t most_steps = 128;

struct tally {
  std::array<std::atomic<std::uint64_t>, most_steps> passes;
  std::atomic<bool> hit;
};

tally& shared_tally() {
  static support::shared_cell<tally> const cell;
  return *cell;
}

// Of the victim, for its hook.
tally* counted = nullptr;
std::vector<std::string> const* names = nullptr;
std::size_t fatal_step = most_steps;
std::uint64_t fatal_pass = 0;
int fatal_signal = 0;

void count_and_hit(char const* name) noexcept {
  for (std::size_t i = 0; i < names->size(); ++i) {
    if (std::strcmp((*names)[i].c_str(), name) != 0) continue;
    if (counted->passes[i].fetch_add(1) + 1 != fatal_pass || i != fatal_step) return;
    counted->hit = true;
    ::raise(fatal_signal);
    return;
  }
}

void reset() {
  std::fflush(nullptr);  // else each child says once more what was said
  for (auto& n : shared_tally().passes) n = 0;
  shared_tally().hit = false;
}

std::uint64_t most_passes() {
  auto const* const text = std::getenv("QUOIT_SWEEP_PASSES");
  return text == nullptr ? 3 : std::strtoull(text, nullptr, 10);
}

}  // namespace

std::vector<std::string> const& step_names() {
  static std::vector<std::string> const all = [] {
    std::set<std::string> found;
    constexpr std::string_view call = "QUOIT_STEP(";
    for (auto const& file : std::filesystem::recursive_directory_iterator(QUOIT_SOURCES)) {
      if (file.path().extension() != ".cpp") continue;
      std::ifstream in(file.path());
      for (std::string line; std::getline(in, line);) {
        auto const at = line.find_first_not_of(' ');
        if (at == line.npos || line.compare(at, call.size(), call) != 0) continue;
        auto const name = at + call.size();
        found.insert(line.substr(name, line.find(')', name) - name));
      }
    }
    if (found.empty() || found.size() > most_steps) throw std::runtime_error("no steps, or too many");
    return std::vector<std::string>(found.begin(), found.end());
  }();
  return all;
}

void arm(blow const& b) {
  counted = &shared_tally();
  names = &step_names();
  if (b.signal != 0) {
    fatal_step = static_cast<std::size_t>(std::find(names->begin(), names->end(), b.step) - names->begin());
    fatal_pass = b.pass;
    fatal_signal = b.signal;
  }
  quoit::sys::on_step = count_and_hit;
}

bool was_hit() { return shared_tally().hit; }

std::vector<std::uint64_t> dry_run(scene const& s) {
  reset();
  BOOST_TEST_CONTEXT(s.name << ", dry") s.play({});
  std::vector<std::uint64_t> passes;
  for (std::size_t i = 0; i < step_names().size(); ++i) passes.push_back(shared_tally().passes[i]);
  return passes;
}

void sweep(std::vector<scene> const& scenes) {
  auto const& steps = step_names();
  for (auto const& s : scenes) {
    auto const passes = dry_run(s);
    std::uint64_t met = 0;
    std::uint64_t tried = 0;
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      met += passes[i] > 0;
      for (std::uint64_t pass = 1; pass <= std::min(passes[i], most_passes()); ++pass) {
        for (int const signal : {SIGKILL, SIGSTOP}) {
          // What others do decides what the victim passes: now and then it does not come there.
          for (int attempt = 0; attempt < 5 && (attempt == 0 || !was_hit()); ++attempt) {
            reset();
            BOOST_TEST_CONTEXT(s.name << ", " << steps[i] << ", pass " << pass << ", "
                                      << (signal == SIGKILL ? "killed" : "stopped")) {
              s.play({steps[i], pass, signal});
            }
          }
          ++tried;
          hits += was_hit();
        }
      }
    }
    BOOST_TEST(met > 0U);
    BOOST_TEST(hits * 2 >= tried);  // on a machine that is busy with something else many are not met
    QUOIT_TRIED(s.name << ": " << met << " steps, " << tried << " passes tried, " << hits << " hit");
  }
}

bool is_stopped(support::child const& c) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(c.pid()), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == c.pid();
}

void until(std::function<bool()> const& holds, char const* what) {
  auto const end = std::chrono::steady_clock::now() + long_enough;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error(std::string("in vain: ") + what);
    std::this_thread::sleep_for(200us);
  }
}

}  // namespace sweep
