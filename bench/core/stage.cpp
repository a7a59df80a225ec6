// SPDX-License-Identifier: BSL-1.0
#include "core/stage.hpp"

#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

namespace {

constexpr unsigned longest_seconds = 120;

[[noreturn]] void play(stage& s, part const& p, std::size_t index, placement where) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::alarm(longest_seconds);
  int result = 1;
  try {
    if (where == placement::pinned) pin_to(index);
    p(s);
    result = 0;
  } catch (std::exception const& e) {
    std::snprintf(s.error.data(), s.error.size(), "%s", e.what());
  }
  std::fflush(nullptr);
  ::_exit(result);
}

}  // namespace

void stage::meet() noexcept {
  auto const mine = arrived_.fetch_add(1, std::memory_order_acq_rel);
  auto const all = (mine / processes_ + 1) * processes_;
  while (arrived_.load(std::memory_order_acquire) < all) ::sched_yield();
}

shared_stage::shared_stage(std::size_t processes) {
  void* const at =
      ::mmap(nullptr, sizeof(stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  stage_ = new (at) stage(processes);
}

shared_stage::~shared_stage() { ::munmap(stage_, sizeof(stage)); }

void run_processes(shared_stage& s, std::vector<part> const& parts, placement where) {
  std::fflush(nullptr);
  std::vector<pid_t> pids;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto const pid = ::fork();
    if (pid == 0) play(*s, parts[i], i, where);
    if (pid > 0) pids.push_back(pid);
  }
  bool failed = pids.size() < parts.size();
  std::string why = failed ? "fork failed" : "";
  for (auto left = pids.size(); left > 0; --left) {
    if (failed) {
      for (auto const pid : pids) ::kill(pid, SIGKILL);
    }
    int status = 0;
    auto const pid = ::wait(&status);
    std::erase(pids, pid);
    if (failed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) continue;
    failed = true;
    why = WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status)) : s->error.data();
  }
  if (failed) throw std::runtime_error(why);
}

}  // namespace bench
