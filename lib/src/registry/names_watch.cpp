// SPDX-License-Identifier: BSL-1.0
#include "registry/names_watch.hpp"

#include <array>

#include <poll.h>
#include <sys/inotify.h>

#include <fmt/format.h>

#include "system/fail.hpp"

namespace quoit::registry {

namespace {

/// Even without news: the directory itself may have been deleted and made again.
constexpr std::int64_t longest_ns = 1'000'000'000;

}  // namespace

names_watch::names_watch() : dir_(directory::open()), events_(sys::inotify_init()) {
  error_facts facts{.doing = "watch the registry directory",
                    .path = dir_.path(),
                    .advice = "see the limits fs.inotify.max_user_instances and max_user_watches"};
  if (!events_) fail_errno(std::move(facts));
  auto const path = fmt::format("/proc/self/fd/{}", dir_.fd());
  if (sys::inotify_add(events_.get(), path.c_str(), IN_CREATE | IN_MOVED_TO) < 0) fail_errno(std::move(facts));
}

void names_watch::wait(sys::deadline const& limit) {
  pollfd p{events_.get(), POLLIN, 0};
  auto const ms = static_cast<int>((limit.left(longest_ns) + 999'999) / 1'000'000);
  if (sys::poll(&p, 1, ms) < 0 && errno != EINTR) {
    fail_errno({.doing = "wait for names in the registry directory", .path = dir_.path()});
  }
  alignas(inotify_event) std::array<char, 4096> news{};
  while (sys::read(events_.get(), news.data(), news.size()) > 0) {
  }
}

}  // namespace quoit::registry
