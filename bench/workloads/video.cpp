// SPDX-License-Identifier: BSL-1.0
#include <thread>

#include "core/clock.hpp"
#include "core/payload.hpp"
#include "core/quantiles.hpp"
#include "core/stage.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* workload = "8 video";
constexpr std::size_t frame = 6U << 20U;  // 1080p, three bytes a pixel
constexpr std::size_t frames_in_flight = 4;
constexpr std::size_t consumers = 3;

/// Something with one way for all consumers, or one way for each.
struct medium {
  subject what;
  bool is_shared;
};

/// A camera and three consumers that look at every frame. With `rate` frames a second, or as fast as it goes (0).
/// From the moment when a frame is begun to be written to that when a consumer has read it: p50 and p99 of the first
/// consumer.
figures measure_video(medium const& m, int rate, settings const& s) {
  std::vector<std::unique_ptr<transport>> ways;
  for (std::size_t i = 0; i < (m.is_shared ? 1 : consumers); ++i) {
    ways.push_back(m.what.make({.name = fresh_name(),
                                .size = frame,
                                .in_flight = frames_in_flight * frame,
                                .how = rate == 0 ? pace::mixed : pace::asleep,
                                .receivers = m.is_shared ? consumers : 1}));
  }
  auto const frames = static_cast<std::uint64_t>(s.quick ? 20 : rate == 0 ? 200 : 90);
  shared_stage shared(1 + consumers);
  enum value { begun, ended, cpu, begun_at };  // begun_at + i: when frame i was begun
  std::vector<part> parts{[&](stage& st) {
    std::vector<std::unique_ptr<sender>> out;
    for (auto const& w : ways) out.push_back(w->open_sender());
    st.meet();
    auto const start = now();
    auto const spent = cpu_time();
    st.value(begun) = start;
    for (std::uint64_t i = 0; i < frames; ++i) {
      if (rate > 0) {
        auto const due = start + static_cast<std::int64_t>(i) * 1'000'000'000 / rate;
        std::this_thread::sleep_for(std::chrono::nanoseconds(std::max<std::int64_t>(due - now(), 0)));
      }
      st.value(begun_at + i % 200).store(now(), std::memory_order_relaxed);
      for (auto const& o : out) o->send(1);
    }
    st.value(cpu) = cpu_time() - spent;
    st.meet();
    st.value(ended) = now();
  }};
  for (std::size_t c = 0; c < consumers; ++c) {
    parts.push_back([&, c](stage& st) {
      auto const in = ways[m.is_shared ? 0 : c]->open_receiver();
      st.meet();
      for (std::uint64_t i = 0; i < frames; ++i) {
        in->receive(i + 1);
        auto const took = now() - st.value(begun_at + i % 200).load(std::memory_order_relaxed);
        if (c == 0) st.sample(static_cast<std::uint64_t>(took / 1000));
      }
      st.meet();
    });
  }
  run_processes(shared, parts, placement::unpinned);
  auto samples = shared->samples();
  auto const count = static_cast<double>(frames);
  figures found{{"camera's CPU", "ms/frame", static_cast<double>(shared->value(cpu).load()) / 1e6 / count},
                {"begun to read, p50", "ms", quantile(samples, 0.5) / 1e3},
                {"begun to read, p99", "ms", quantile(samples, 0.99) / 1e3}};
  if (rate == 0) {
    auto const ns = static_cast<double>(shared->value(ended).load() - shared->value(begun).load());
    found.insert(found.begin(), {"frames", "1/s", count * 1e9 / ns});
  }
  return found;
}

}  // namespace

void add_video(suite& s) {
  std::vector<medium> media{{quoit_subject("quoit", {}), true},
                            {quoit_subject("quoit, fence", {.barrier = quoit::barrier::fence}), true},
                            {{"three Unix streams", make_unix_stream}, false},
                            {{"three pipes", make_pipe}, false}};
#ifdef QUOIT_BENCH_ZEROMQ
  media.push_back({{"ZeroMQ ipc, three ways", make_zeromq}, false});
#endif
#ifdef QUOIT_BENCH_ICEORYX
  if (s.chosen().has_roudi) media.push_back({{"iceoryx", make_iceoryx}, true});
#endif
  for (int const rate : {60, 0}) {
    auto const conditions = rate == 0 ? "6 MiB, flat out" : "6 MiB, 60 a second";
    for (auto const& m : media) {
      s.add({workload, conditions, m.what.name, [m, rate, &s] { return measure_video(m, rate, s.chosen()); }});
    }
  }
}

}  // namespace bench
