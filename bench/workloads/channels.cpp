// SPDX-License-Identifier: BSL-1.0
#include <atomic>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/payload.hpp"
#include "core/quantiles.hpp"
#include "core/stage.hpp"
#include "quoit/quoit.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* workload = "6 growth";

/// Many channels and their subscribers in one process: how long each takes to open, what waiting for all of them costs
/// while nothing comes, and how soon one that has something is found.
figures measure_channels(std::size_t count, settings const& s) {
  shared_stage shared(1);
  enum value { open_ns, idle_ppm, wake_ns };
  run_processes(shared, {[&](stage& st) {
                  std::vector<quoit::channel> channels;
                  std::vector<quoit::subscriber> subscribers;
                  quoit::wait_set set;
                  auto const begun = now();
                  for (std::size_t i = 0; i < count; ++i) {
                    channels.push_back(quoit::channel::create(fresh_name(), {.capacity = 65536}));
                    subscribers.push_back(channels.back().subscriber());
                  }
                  st.value(open_ns) = (now() - begun) / static_cast<std::int64_t>(count);
                  for (std::size_t i = 0; i < count; ++i) set.add(subscribers[i], i);

                  auto const idle_ns = static_cast<std::int64_t>((s.quick ? 0.2 : 1.0) * 1e9);
                  auto const cpu = cpu_time();
                  set.wait(std::chrono::nanoseconds(idle_ns), quoit::waiting::sleep);
                  st.value(idle_ppm) = (cpu_time() - cpu) * 1'000'000 / idle_ns;

                  // Another thread publishes in one channel after another, each time after this one has gone to sleep.
                  std::atomic<std::uint64_t> asked{0};
                  std::atomic<std::uint64_t> published{0};
                  constexpr std::uint64_t rounds = 100;
                  std::thread other([&] {
                    for (std::uint64_t i = 1; i <= rounds; ++i) {
                      while (asked.load() < i) std::this_thread::sleep_for(std::chrono::microseconds(50));
                      std::this_thread::sleep_for(std::chrono::microseconds(500));
                      auto pub = channels[i * 7919 % count].publisher();
                      auto room = pub.reserve(64);
                      published = ticks();
                      room.commit();
                    }
                  });
                  std::vector<double> found;
                  for (std::uint64_t i = 1; i <= rounds; ++i) {
                    asked = i;
                    for (bool woken = false; !woken;) {
                      auto const w = set.wait(quoit::forever, quoit::waiting::sleep);
                      auto const t = ticks();
                      for (auto const& r : w.ready) {
                        // Also told are the ends of the publishers of earlier rounds.
                        for (;;) {
                          auto const m = subscribers[r.key].try_receive();
                          if (m.status() == quoit::status::timeout) break;
                          woken = woken || m;
                        }
                      }
                      if (woken) found.push_back(static_cast<double>(t - published.load()) * tick_length());
                    }
                  }
                  other.join();
                  st.value(wake_ns) = static_cast<std::int64_t>(median(found));
                }},
                placement::unpinned);
  return {{"open", "us", static_cast<double>(shared->value(open_ns).load()) / 1e3},
          {"idle CPU", "%", static_cast<double>(shared->value(idle_ppm).load()) / 1e4},
          {"wait_set, woken after", "us", static_cast<double>(shared->value(wake_ns).load()) / 1e3}};
}

}  // namespace

void add_channels(suite& s) {
  std::vector<std::size_t> counts{1, 10, 100, 500, 1000};
  if (s.is_quick()) counts = {1, 100};
  for (auto const count : counts) {
    s.add({workload, "channels in one process", std::to_string(count),
           [count, &s] { return measure_channels(count, s.chosen()); }});
  }
}

}  // namespace bench
