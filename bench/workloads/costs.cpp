// SPDX-License-Identifier: BSL-1.0
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "core/clock.hpp"
#include "core/payload.hpp"
#include "core/quantiles.hpp"
#include "core/stage.hpp"
#include "core/units.hpp"
#include "quoit/quoit.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* workload = "7 costs";
constexpr std::size_t MiB = 1U << 20U;

figures distribution(stage const& s) {
  auto samples = s.samples();
  for (auto& v : samples) v *= tick_length() / 1e3;
  return {{"p50", "us", quantile(samples, 0.5)},
          {"p99", "us", quantile(samples, 0.99)},
          {"max", "us", quantile(samples, 1)}};
}

/// Opens what another process holds.
figures open_existing(settings const& s) {
  auto const name = fresh_name();
  shared_stage shared(2);
  run_processes(shared,
                {[&](stage& st) {
                   auto const ch = quoit::channel::create(name, {.capacity = 4 * MiB});
                   st.meet();
                   st.meet();
                 },
                 [&](stage& st) {
                   st.meet();
                   for (int i = 0; i < (s.quick ? 50 : 300); ++i) {
                     auto const t = ticks();
                     auto const ch = quoit::channel::open(name);
                     st.sample(ticks() - t);
                   }
                   st.meet();
                 }},
                placement::pinned);
  return distribution(*shared);
}

figures create_new(settings const& s) {
  shared_stage shared(1);
  run_processes(shared, {[&](stage& st) {
                  for (int i = 0; i < (s.quick ? 10 : 50); ++i) {
                    auto const name = fresh_name();
                    auto const t = ticks();
                    auto const ch = quoit::channel::create(name, {.capacity = 4 * MiB});
                    st.sample(ticks() - t);
                  }
                }},
                placement::pinned);
  return distribution(*shared);
}

/// What a channel takes beside its ring.
figures header_of(std::size_t capacity) {
  auto const info = quoit::channel::create_anonymous({.capacity = capacity}).info();
  return {{"header", "KiB", static_cast<double>(info.header_bytes) / 1024},
          {"header, of the ring", "%", 100 * static_cast<double>(info.header_bytes) / static_cast<double>(capacity)}};
}

/// How often a subscriber wakes that waits for what never comes, and what it costs.
figures idle_subscriber(settings const& s) {
  shared_stage shared(1);
  auto const seconds = s.quick ? 0.5 : 2.0;
  run_processes(shared, {[&](stage& st) {
                  auto const ch = quoit::channel::create_anonymous();
                  auto pub = ch.publisher();
                  auto sub = ch.subscriber();
                  rusage before{}, after{};
                  ::getrusage(RUSAGE_SELF, &before);
                  auto const cpu = cpu_time();
                  auto const m = sub.receive(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
                  st.value(1) = cpu_time() - cpu;
                  ::getrusage(RUSAGE_SELF, &after);
                  st.value(0) = after.ru_nvcsw - before.ru_nvcsw;
                  require(m.status() == quoit::status::timeout, "something came");
                }},
                placement::pinned);
  return {{"wakes", "1/s", static_cast<double>(shared->value(0).load()) / seconds},
          {"CPU", "us/s", static_cast<double>(shared->value(1).load()) / 1e3 / seconds}};
}

}  // namespace

void add_costs(suite& s) {
  s.add({workload, "4 MiB", "open an existing channel", [&s] { return open_existing(s.chosen()); }});
  s.add({workload, "4 MiB", "create a channel", [&s] { return create_new(s.chosen()); }});
  s.add({workload, "one", "idle subscriber", [&s] { return idle_subscriber(s.chosen()); }});
  for (std::size_t const capacity : {std::size_t{4096}, MiB, 64 * MiB}) {
    s.add({workload, "memory beside the ring", bytes(capacity), [capacity] { return header_of(capacity); }});
  }
  s.want({workload, "4 MiB", "p50", "open an existing channel", "", bound::at_most, 150});
  s.want({workload, "4 MiB", "p50", "create a channel", "", bound::at_most, 3000});
}

}  // namespace bench
