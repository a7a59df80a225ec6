// SPDX-License-Identifier: BSL-1.0
#include "mirror/bus_guard.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include <signal.h>
#include <sys/mman.h>

#include "system/fail.hpp"
#include "system/no_fork.hpp"

namespace quoit::mirror {

namespace {

struct range {
  std::atomic<std::uintptr_t> begin{0};  // 0: free. Stored last when it is taken, first when it is given back.
  std::atomic<std::uintptr_t> end{0};
  std::atomic<std::size_t> page{0};
  std::atomic<std::atomic<bool>*> lost{nullptr};
};

std::array<range, 1000> ranges;
struct sigaction before {};
bool installed = false;

/// Async-signal-safe: atomics, and a system call that has no state in the C library.
bool mend(std::uintptr_t address) noexcept {
  for (auto& r : ranges) {
    // SYNC: range guarded -> mend
    auto const begin = r.begin.load(std::memory_order_acquire);
    if (begin == 0 || address < begin || address >= r.end.load(std::memory_order_relaxed)) continue;
    auto const page = r.page.load(std::memory_order_relaxed);
    auto* const at = reinterpret_cast<void*>(address & ~(page - 1));
    if (::mmap(at, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
      return false;
    }
    r.lost.load(std::memory_order_relaxed)->store(true, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void pass_on(int signal, siginfo_t* info, void* context) noexcept {
  if ((before.sa_flags & SA_SIGINFO) != 0) return before.sa_sigaction(signal, info, context);
  if (before.sa_handler == SIG_IGN && info->si_code <= 0) return;  // sent by somebody, not a fault
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) return before.sa_handler(signal);
  // As if there were no handler: the access is made again, and now it ends the process.
  ::signal(signal, SIG_DFL);
  if (info->si_code <= 0) ::raise(signal);
}

void on_bus_error(int signal, siginfo_t* info, void* context) noexcept {
  int const saved = errno;
  bool const mended = info->si_code > 0 && mend(reinterpret_cast<std::uintptr_t>(info->si_addr));
  errno = saved;
  if (!mended) pass_on(signal, info, context);
}

void install() {
  if (installed) return;
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  if (::sigaction(SIGBUS, &action, &before) != 0) fail_errno({.doing = "guard against truncation (sigaction)"});
  installed = true;
}

}  // namespace

bus_guard::bus_guard(std::byte* base, std::size_t size, std::size_t page, std::shared_ptr<std::atomic<bool>> lost)
    : lost_(std::move(lost)) {
  sys::no_fork const one_at_a_time;
  install();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    auto& r = ranges[i];
    if (r.begin.load(std::memory_order_relaxed) != 0) continue;
    auto const begin = reinterpret_cast<std::uintptr_t>(base);
    r.end.store(begin + size, std::memory_order_relaxed);
    r.page.store(page, std::memory_order_relaxed);
    r.lost.store(lost_.get(), std::memory_order_relaxed);
    r.begin.store(begin, std::memory_order_release);  // SYNC: range guarded -> mend
    number_ = static_cast<int>(i);
    return;
  }
  fail(errc::no_memory, {.doing = "guard against truncation",
                         .expected = "fewer than 1000 guarded mappings in this process",
                         .advice = "open fewer channels with survive_truncation"});
}

bus_guard::~bus_guard() {
  if (number_ >= 0) ranges[static_cast<std::size_t>(number_)].begin.store(0, std::memory_order_release);
}

void bus_guard::swap(bus_guard& other) noexcept {
  std::swap(lost_, other.lost_);
  std::swap(number_, other.number_);
}

}  // namespace quoit::mirror
