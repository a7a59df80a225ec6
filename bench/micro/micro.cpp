// SPDX-License-Identifier: BSL-1.0
// The single operations, in one thread: what they cost where nobody waits and every line is in the cache.
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "quoit/quoit.hpp"

using namespace quoit;

namespace {

/// The rules as arguments: publishers, and whether each commit and release fences.
channel_options rules(benchmark::State const& state) {
  return {.publishers = static_cast<std::uint32_t>(state.range(0)),
          .barrier = state.range(1) == 0 ? barrier::asymmetric : barrier::fence};
}

void reserve_and_commit(benchmark::State& state) {
  auto const ch = channel::create_anonymous(rules(state));
  auto pub = ch.publisher();
  for ([[maybe_unused]] auto _ : state) pub.reserve(64).commit();
}

/// With many publishers a reservation is a claim.
void reserve_and_discard(benchmark::State& state) {
  auto const ch = channel::create_anonymous(rules(state));
  auto pub = ch.publisher();
  for ([[maybe_unused]] auto _ : state) pub.reserve(64);
}

void publish(benchmark::State& state) {
  auto const ch = channel::create_anonymous(rules(state));
  auto pub = ch.publisher();
  std::vector<std::byte> const payload(64);
  for ([[maybe_unused]] auto _ : state) pub.publish(payload);
}

void batch_of_32(benchmark::State& state) {
  auto const ch = channel::create_anonymous(rules(state));
  auto pub = ch.publisher();
  for ([[maybe_unused]] auto _ : state) {
    auto run = pub.reserve_batch(32, 32 * 64);
    for (int i = 0; i < 32; ++i) benchmark::DoNotOptimize(run.append(64));
    run.commit();
  }
  state.SetItemsProcessed(state.iterations() * 32);
}

void publish_and_receive(benchmark::State& state) {
  auto const ch = channel::create_anonymous(rules(state));
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for ([[maybe_unused]] auto _ : state) {
    pub.reserve(64).commit();
    benchmark::DoNotOptimize(sub.receive().bytes());
  }
}

/// A ring that is filled beforehand, outside of what is measured.
template <class F>
void drain(benchmark::State& state, F&& take) {
  constexpr int count = 4096;
  auto const ch = channel::create_anonymous(rules(state));
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    for (int i = 0; i < count; ++i) pub.reserve(64).commit();
    state.ResumeTiming();
    take(sub, count);
  }
  state.SetItemsProcessed(state.iterations() * count);
}

void receive_and_release(benchmark::State& state) {
  drain(state, [](subscriber& sub, int count) {
    for (int i = 0; i < count; ++i) benchmark::DoNotOptimize(sub.try_receive().bytes());
  });
}

void poll(benchmark::State& state) {
  drain(state, [](subscriber& sub, int) {
    while (sub.poll([](message const& m) { benchmark::DoNotOptimize(m.bytes()); }).count > 0) {
    }
  });
}

void receive_nothing(benchmark::State& state) {
  auto const ch = channel::create_anonymous(rules(state));
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(sub.try_receive().status());
}

/// The floor is refreshed once in a sixteenth of the ring: here with each message.
void refresh_floor(benchmark::State& state) {
  auto options = rules(state);
  options.capacity = 1U << 20U;
  auto const ch = channel::create_anonymous(options);
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for ([[maybe_unused]] auto _ : state) {
    pub.reserve(1U << 16U).commit();
    sub.receive();
  }
}

void stream_4_kib(benchmark::State& state) {
  auto const ch = channel::create_anonymous(
      {.kind = quoit::stream, .barrier = state.range(1) == 0 ? barrier::asymmetric : barrier::fence});
  auto writer = ch.stream_writer();
  auto reader = ch.stream_reader();
  for ([[maybe_unused]] auto _ : state) {
    writer.prepare(4096);
    writer.commit(4096);
    benchmark::DoNotOptimize(reader.data().bytes);
    reader.consume(4096);
  }
}

void all_rules(benchmark::internal::Benchmark* b) {
  b->ArgNames({"publishers", "fence"});
  for (int const publishers : {1, 2}) {
    for (int const fence : {0, 1}) b->Args({publishers, fence});
  }
}

void one_publisher(benchmark::internal::Benchmark* b) {
  b->ArgNames({"publishers", "fence"});
  for (int const fence : {0, 1}) b->Args({1, fence});
}

}  // namespace

BENCHMARK(reserve_and_commit)->Apply(all_rules);
BENCHMARK(reserve_and_discard)->Apply(all_rules);
BENCHMARK(publish)->Apply(all_rules);
BENCHMARK(batch_of_32)->Apply(all_rules);
BENCHMARK(publish_and_receive)->Apply(all_rules);
BENCHMARK(receive_and_release)->Apply(all_rules);
BENCHMARK(poll)->Apply(all_rules);
BENCHMARK(receive_nothing)->Apply(all_rules);
BENCHMARK(refresh_floor)->Apply(all_rules);
BENCHMARK(stream_4_kib)->Apply(one_publisher);

BENCHMARK_MAIN();
