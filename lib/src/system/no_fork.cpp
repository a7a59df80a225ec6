// SPDX-License-Identifier: BSL-1.0
#include "system/no_fork.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <pthread.h>

namespace quoit::sys {

namespace {

struct registered {
  int fd;
  file_id id;
};

// Made when the library is loaded, so that no fork can catch the making; never destroyed, as threads may fork while
// static destructors run.
std::mutex* fork_mutex = nullptr;
std::vector<registered>* descriptors = nullptr;

void close_in_child() noexcept {
  for (auto const& r : *descriptors) {
    if (!is_not_file(r.fd, r.id)) close(r.fd);
  }
  descriptors->clear();
  fork_mutex->unlock();
}

// Early (the first priority that is not the system's own): in a static build a program's own global objects may use us.
[[gnu::constructor(101)]] void prepare() {
  fork_mutex = new std::mutex;
  descriptors = new std::vector<registered>;
  ::pthread_atfork([] { fork_mutex->lock(); }, [] { fork_mutex->unlock(); }, close_in_child);
}

}  // namespace

no_fork::no_fork() : lock_(*fork_mutex) {}

unshared_descriptor::unshared_descriptor(descriptor fd) : fd_(-1), id_(identify(fd.get())), mark_(own_mark()) {
  no_fork const guard;
  descriptors->push_back({fd.get(), id_});
  fd_ = fd.get();
  fd.forget();
}

unshared_descriptor::unshared_descriptor(unshared_descriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), id_(other.id_), mark_(other.mark_) {}

namespace {

/// With forks kept out.
void unregister(int fd) noexcept {
  auto const at = std::find_if(descriptors->begin(), descriptors->end(), [fd](auto const& r) { return r.fd == fd; });
  if (at != descriptors->end()) descriptors->erase(at);
}

}  // namespace

void unshared_descriptor::forget() noexcept {
  if (fd_ < 0 || !is_own(mark_)) return;
  no_fork const guard;
  unregister(std::exchange(fd_, -1));
}

unshared_descriptor::~unshared_descriptor() {
  if (fd_ < 0 || !is_own(mark_)) return;
  no_fork const guard;
  unregister(fd_);
  if (!is_not_file(fd_, id_)) close(fd_);
}

}  // namespace quoit::sys
