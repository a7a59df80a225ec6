// SPDX-License-Identifier: BSL-1.0
#include "wait/watcher.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <new>
#include <optional>

#include <pthread.h>

#include "system/fail.hpp"
#include "system/fork_mark.hpp"
#include "system/step.hpp"

namespace quoit::wait {

namespace {

constexpr std::int64_t slice_ns = 100'000'000;
constexpr std::size_t most_watched = sys::most_futexes - 1;  // and one word of our own

timespec at(std::int64_t time) noexcept { return {time / 1'000'000'000, time % 1'000'000'000}; }

}  // namespace

/// One thread and what it watches. Never destroyed: its thread never ends.
class watcher {
 public:
  std::mutex mutex;
  std::vector<watched*> all;
  std::atomic<std::uint32_t> changes{0};  // counts what the thread has to take note of

  void run() noexcept;
  void kick() noexcept { sys::futex_wake_all(reinterpret_cast<std::uint32_t*>(&changes)); }

 private:
  struct plan {
    std::array<sys::futex_value, sys::most_futexes> words;
    std::size_t count;
    std::optional<std::int64_t> until;
    bool sure;  // to be woken before
  };
  void prepare(plan& p, bool overslept) noexcept;

  std::int64_t next_recovery_ = 0;
};

/// Announces, looks, and tells. `overslept`: the sleep before ended with its time.
void watcher::prepare(plan& p, bool overslept) noexcept {
  std::lock_guard const lock(mutex);
  auto* const own = reinterpret_cast<std::uint32_t*>(&changes);
  p.words[0] = {own, changes.load(std::memory_order_relaxed)};
  p.count = 1;
  p.until = {};
  auto const now = sys::monotonic_now();
  bool const recovers = now >= next_recovery_;
  if (recovers) next_recovery_ = now + slice_ns;
  auto wakers_fence = wakers::fence;
  for (auto* w : all) {
    if (!w->armed_) continue;
    p.words[p.count++] = {reinterpret_cast<std::uint32_t*>(&w->word()), announce_sleeper(w->word())};
    if (w->who_wakes() == wakers::are_fenced) wakers_fence = wakers::are_fenced;
  }
  if (p.count == 1) return;
  p.sure = fence_wakers(wakers_fence);
  p.until = p.sure ? next_recovery_ : now + nap_ns;
  QUOIT_STEP(watcher_announced);
  for (auto* w : all) {
    if (!w->armed_) continue;
    bool const dead = recovers && w->recover();
    if (!dead && !w->has_news()) continue;
    if (overslept && !dead) w->overslept();
    w->armed_ = false;
    w->fire();
  }
}

void watcher::run() noexcept {
  plan p{};
  for (bool overslept = false;;) {
    prepare(p, overslept);
    auto const until = at(p.until.value_or(0));
    int const end = sys::futex_wait_any(p.words.data(), p.count, p.until ? &until : nullptr);
    overslept = end < 0 && errno == ETIMEDOUT && p.sure;
    if (end >= 0 || errno != ENOSYS) continue;
    // A kernel before 5.16: nap on our own word, and look at everything each time.
    auto const nap = at(nap_ns);
    sys::futex_wait(p.words[0].word, p.words[0].value, p.count > 1 ? &nap : nullptr);
  }
}

namespace {

/// All watchers of this process.
struct watchers {
  std::mutex mutex;
  std::vector<watcher*> all;
  sys::mark mark;
};

std::atomic<watchers*> watchers_of_process{nullptr};

/// In a fork child what the parent had is left alone: its locks may be held for ever.
watchers& own_watchers() {
  auto* seen = watchers_of_process.load(std::memory_order_acquire);  // SYNC: watchers -> own_watchers
  if (seen != nullptr && sys::is_own(seen->mark)) return *seen;
  auto fresh = std::make_unique<watchers>();
  fresh->mark = sys::own_mark();
  // SYNC: watchers -> own_watchers. They are made before they can be seen.
  if (watchers_of_process.compare_exchange_strong(seen, fresh.get(), std::memory_order_acq_rel)) {
    return *fresh.release();
  }
  return *seen;
}

watcher* start_watcher() {
  auto fresh = std::make_unique<watcher>();
  sigset_t every;
  sigset_t before;
  ::sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  pthread_t thread{};
  auto const run = [](void* w) -> void* {
    static_cast<watcher*>(w)->run();
    return nullptr;
  };
  int const failure = ::pthread_create(&thread, nullptr, run, fresh.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failure != 0) {
    errno = failure;
    fail_errno({.doing = "start the thread that waits for event descriptors"});
  }
  ::pthread_setname_np(thread, "quoit-watch");
  ::pthread_detach(thread);
  return fresh.release();
}

}  // namespace

watch::watch(watched& what) : home_(nullptr), what_(&what) {
  auto& process = own_watchers();
  std::lock_guard const lock(process.mutex);
  for (auto* w : process.all) {
    std::lock_guard const inner(w->mutex);
    if (w->all.size() >= most_watched) continue;
    w->all.push_back(what_);
    home_ = w;
    return;
  }
  process.all.reserve(process.all.size() + 1);
  std::vector<watched*> first;
  first.reserve(most_watched);
  first.push_back(what_);
  auto* const fresh = start_watcher();
  process.all.push_back(fresh);
  std::lock_guard const inner(fresh->mutex);
  fresh->all = std::move(first);
  home_ = fresh;
}

watch::~watch() {
  {
    std::lock_guard const lock(home_->mutex);
    std::erase(home_->all, what_);
    if (!what_->armed_) return;
    home_->changes.fetch_add(1, std::memory_order_relaxed);
  }
  kick();
}

std::unique_lock<std::mutex> watch::hold() const noexcept { return std::unique_lock(home_->mutex); }

void watch::set_armed(bool armed) noexcept {
  what_->armed_ = armed;
  if (armed) home_->changes.fetch_add(1, std::memory_order_relaxed);  // what it guards goes with the mutex
}

void watch::kick() noexcept { home_->kick(); }

bool watch::is_armed() const noexcept {
  auto const lock = hold();
  return what_->armed_;
}

}  // namespace quoit::wait
