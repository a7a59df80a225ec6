// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <vector>

#include "core/clock.hpp"
#include "core/payload.hpp"
#include "core/stage.hpp"
#include "core/units.hpp"
#include "quoit/quoit.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* workload = "6 growth";
constexpr std::size_t MiB = 1U << 20U;

/// In a process of its own, so that it starts with clean memory. `body` leaves the result in value(0), as a rate in
/// units a second.
template <class F>
double alone(F&& body) {
  shared_stage shared(1);
  run_processes(shared, {[&](stage& st) { st.value(0) = static_cast<std::int64_t>(body()); }}, placement::pinned);
  return static_cast<double>(shared->value(0).load());
}

double per_second(std::uint64_t count, std::int64_t begun) {
  return static_cast<double>(count) * 1e9 / static_cast<double>(std::max<std::int64_t>(now() - begun, 1));
}

/// Messages of 0 bytes: nothing is in them that could be checked but their number.
double rate_of_empty(double seconds) {
  auto const ch = quoit::channel::create_anonymous();
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  auto const begun = now();
  std::uint64_t count = 0;
  while (now() - begun < static_cast<std::int64_t>(seconds * 1e9)) {
    for (int i = 0; i < 64; ++i) {
      pub.reserve(0).commit();
      require(sub.receive().sequence() == ++count, "a message was lost");
    }
  }
  return per_second(count, begun);
}

/// With so many other lossy subscribers that do nothing: what a message costs to publish and to receive.
double rate_among(std::uint32_t others, double seconds) {
  auto const ch = quoit::channel::create_anonymous({.slots = 1000});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  std::vector<quoit::subscriber> idle;
  for (std::uint32_t i = 0; i < others; ++i) idle.push_back(ch.subscriber({.delivery = quoit::lossy}));
  auto const begun = now();
  std::uint64_t count = 0;
  while (now() - begun < static_cast<std::int64_t>(seconds * 1e9)) {
    for (int i = 0; i < 64; ++i) {
      auto room = pub.reserve(64);
      write_payload(room.bytes().data(), 64, ++count);
      room.commit();
      require_payload(sub.receive().bytes().data(), 64, count);
    }
  }
  return per_second(count, begun);
}

/// Reads back everything that a ring of 64 MiB holds, as fast as it goes.
double rate_of_history(std::size_t size) {
  auto const ch = quoit::channel::create_anonymous({.capacity = 64 * MiB, .records = 64 * MiB / size});
  auto pub = ch.publisher();
  for (std::uint64_t i = 1; i <= 64 * MiB / size; ++i) {
    auto room = pub.reserve(size);
    write_payload(room.bytes().data(), size, i);
    room.commit();
  }
  auto sub = ch.subscriber({.start = quoit::oldest});
  std::uint64_t bytes_read = 0;
  auto const begun = now();
  while (sub.poll([&](quoit::message const& m) {
              require_payload(m.bytes().data(), size, m.sequence());
              bytes_read += size;
            })
             .count > 0) {
  }
  return per_second(bytes_read, begun);
}

double rate_of_joining(quoit::delivery d, double seconds) {
  auto const ch = quoit::channel::create_anonymous();
  auto pub = ch.publisher();
  auto const begun = now();
  std::uint64_t count = 0;
  for (; now() - begun < static_cast<std::int64_t>(seconds * 1e9); ++count) ch.subscriber({.delivery = d});
  return per_second(count, begun);
}

}  // namespace

void add_sizes(suite& s) {
  auto const seconds = s.chosen().seconds / 2;
  auto const quoit_one = quoit_subject("quoit", {});
  std::vector<std::size_t> rings{4096, 65536, MiB, 16 * MiB, 256 * MiB, 1024 * MiB};
  std::vector<std::size_t> sizes{16, 256, 4096, 65536, MiB, 16 * MiB, 64 * MiB};
  if (s.is_quick()) rings = {4096, 16 * MiB}, sizes = {4096, 16 * MiB};
  for (auto const ring : rings) {
    s.add({workload, "64 B, pinned", "ring of " + bytes(ring),
           [=, &s] { return measure_throughput(quoit_one, 64, ring, placement::pinned, s.chosen()); }});
  }
  for (auto const size : sizes) {
    auto const ring = std::max<std::size_t>(4 * MiB, 4 * size);
    s.add({workload, "ring of 4 MiB or four messages, pinned", bytes(size),
           [=, &s] { return measure_throughput(quoit_one, size, ring, placement::pinned, s.chosen()); }});
  }
  auto const add = [&](std::string const& conditions, std::string const& subject, std::string const& unit, double scale,
                       auto&& body) {
    s.add({workload, conditions, subject, [=] { return figures{{"rate", unit, alone(body) * scale}}; }});
  };
  auto const* const both = "publish and receive in one process";
  add(both, "0 B", "M/s", 1e-6, [seconds] { return rate_of_empty(seconds); });
  for (std::uint32_t const others : {0U, 10U, 100U, 999U}) {
    add(both, "64 B, " + std::to_string(others) + " idle lossy subscribers", "M/s", 1e-6,
        [=] { return rate_among(others, seconds); });
  }
  for (std::size_t const size : {std::size_t{64}, std::size_t{1024}, std::size_t{65536}}) {
    add("history of 64 MiB, read back", "messages of " + bytes(size), "GB/s", 1e-9,
        [size] { return rate_of_history(size); });
  }
  add("join and leave", "lossless", "1/s", 1, [seconds] { return rate_of_joining(quoit::reliable, seconds); });
  add("join and leave", "lossy", "1/s", 1, [seconds] { return rate_of_joining(quoit::lossy, seconds); });
}

}  // namespace bench
