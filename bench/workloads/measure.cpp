// SPDX-License-Identifier: BSL-1.0
#include "workloads/measure.hpp"

#include <algorithm>
#include <atomic>

#include <unistd.h>

#include "core/clock.hpp"
#include "core/quantiles.hpp"
#include "core/stage.hpp"

namespace bench {

namespace {

constexpr std::uint64_t warm_up_trips = 200;
constexpr std::int64_t warm_up_ns = 5'000'000;

/// Nanoseconds of one way, from the ticks of both.
figures quantiles_of(stage const& s) {
  auto samples = s.samples();
  for (auto& v : samples) v *= tick_length() / 2;
  return {{"p50", "ns", quantile(samples, 0.5)},
          {"p99", "ns", quantile(samples, 0.99)},
          {"p99.9", "ns", quantile(samples, 0.999)},
          {"max", "ns", quantile(samples, 1)}};
}

}  // namespace

std::string fresh_name() {
  static int number = 0;
  return "qb" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

subject quoit_subject(std::string name, quoit_rules rules) {
  return {std::move(name), [rules](way const& w) { return make_quoit(w, rules); }};
}

std::vector<placement> placements(settings const& s) {
  if (s.quick) return {placement::pinned};
  return {placement::pinned, placement::unpinned};
}

figures measure_latency(subject const& what, std::size_t size, pace how, placement where, settings const& s) {
  auto const there = what.make(
      {.name = fresh_name(), .size = size, .in_flight = std::max<std::size_t>(1U << 16U, 16 * size), .how = how});
  auto const back = what.make(
      {.name = fresh_name(), .size = size, .in_flight = std::max<std::size_t>(1U << 16U, 16 * size), .how = how});
  shared_stage shared(2);
  auto const most_ns = static_cast<std::int64_t>(s.seconds * 1e9);
  auto const most_trips = static_cast<std::uint64_t>(s.quick ? 20'000 : 200'000);
  tick_length();
  run_processes(shared,
                {[&](stage& st) {
                   auto const out = there->open_sender();
                   auto const in = back->open_receiver();
                   st.meet();
                   auto const begun = now();
                   for (std::uint64_t i = 1; i <= warm_up_trips + most_trips; ++i) {
                     bool const last = i == warm_up_trips + most_trips ||
                                       (i % 64 == 0 && i > 2 * warm_up_trips && now() - begun > most_ns);
                     if (last) st.end.store(i, std::memory_order_relaxed);
                     auto const t = ticks();
                     out->send(1);
                     in->receive(i);
                     if (i > warm_up_trips) st.sample(ticks() - t);
                     if (last) break;
                   }
                   st.meet();
                 },
                 [&](stage& st) {
                   auto const in = there->open_receiver();
                   auto const out = back->open_sender();
                   st.meet();
                   for (std::uint64_t i = 1; i <= st.end.load(std::memory_order_relaxed); ++i) {
                     in->receive(i);
                     out->send(1);
                     if (i == st.end.load(std::memory_order_relaxed)) break;
                   }
                   st.meet();
                 }},
                where);
  return quantiles_of(*shared);
}

figures measure_throughput(subject const& what, std::size_t size, std::size_t in_flight, placement where,
                           settings const& s) {
  auto const way = what.make({.name = fresh_name(), .size = size, .in_flight = in_flight, .how = pace::mixed});
  shared_stage shared(2);
  auto const most_ns = static_cast<std::int64_t>(s.seconds * 1e9);
  // A run of messages between two looks at the clock, which both ends go by.
  std::uint64_t const run = std::clamp<std::uint64_t>((std::uint64_t{1} << 14U) / size, 1, 256);
  enum value { begun, ended, messages, cpu_out, cpu_in };
  run_processes(shared,
                {[&](stage& st) {
                   auto const out = way->open_sender();
                   st.meet();
                   std::uint64_t sent = 0;
                   std::int64_t first = 0;
                   std::uint64_t before = 0;
                   auto const start = now();
                   auto cpu = cpu_time();
                   for (bool last = false; !last; sent += run) {
                     auto const t = now();
                     if (first == 0 && t - start > warm_up_ns) {
                       first = t;
                       before = sent;
                       cpu = cpu_time();
                     }
                     last = first != 0 && t - first > most_ns;
                     if (last) st.end.store(sent + run, std::memory_order_relaxed);
                     out->send(run);
                   }
                   st.value(cpu_out) = cpu_time() - cpu;
                   st.value(begun) = first;
                   st.value(messages) = static_cast<std::int64_t>(sent - before);
                   st.meet();
                 },
                 [&](stage& st) {
                   auto const in = way->open_receiver();
                   st.meet();
                   auto const cpu = cpu_time();
                   for (std::uint64_t got = run;; got += run) {
                     in->receive(got);
                     if (got >= st.end.load(std::memory_order_relaxed)) break;
                   }
                   st.value(ended) = now();
                   st.value(cpu_in) = cpu_time() - cpu;
                   st.meet();
                 }},
                where);
  auto const count = static_cast<double>(shared->value(messages).load());
  auto const ns = static_cast<double>(shared->value(ended).load() - shared->value(begun).load());
  auto const cpu = static_cast<double>(shared->value(cpu_out).load());
  return {{"messages", "M/s", count / ns * 1e3},
          {"bytes", "GB/s", count * static_cast<double>(size) / ns},
          {"sender's CPU", "ns/msg", cpu / count},
          {"receiver's CPU", "ns/msg",
           static_cast<double>(shared->value(cpu_in).load()) / static_cast<double>(shared->end.load())}};
}

}  // namespace bench
