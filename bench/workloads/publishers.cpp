// SPDX-License-Identifier: BSL-1.0
#include <array>

#include "core/clock.hpp"
#include "core/payload.hpp"
#include "core/stage.hpp"
#include "core/units.hpp"
#include "quoit/quoit.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* workload = "4 many publishers";
constexpr std::size_t capacity = 1U << 20U;
constexpr std::size_t size = 64;

using enum quoit::barrier;

/// Several publishers, a process each, one subscriber in another, and some more publishers that do nothing.
figures measure_sum(std::uint32_t publishers, std::uint32_t idle, std::size_t batch, quoit::barrier rule,
                    settings const& s) {
  auto const name = fresh_name();
  shared_stage shared(publishers + 1);
  auto const most_ns = static_cast<std::int64_t>(s.seconds * 1e9);
  enum value { stop, begun, ended, messages };
  auto const publish = [&](stage& st, std::uint32_t who) {
    auto const ch = quoit::channel::open(name, quoit::wait_for{});
    auto pub = ch.publisher();
    st.meet();
    st.meet();
    for (std::uint64_t number = 0; st.value(stop).load(std::memory_order_relaxed) == 0;) {
      if (batch == 1) {
        auto room = pub.reserve(size);
        require(bool(room), "no room in the ring");
        write_payload(room.bytes().data(), size, number++);
        room.tag(who);
        room.commit();
        continue;
      }
      auto run = pub.reserve_batch(batch, batch * size);
      require(bool(run), "no room in the ring");
      for (std::size_t i = 0; i < batch; ++i) write_payload(run.append(size, who).bytes.data(), size, number++);
      run.commit();
    }
  };
  std::vector<part> parts;
  parts.push_back([&](stage& st) {
    auto const ch = quoit::channel::create(
        name, {.capacity = capacity, .publishers = std::max(publishers + idle, 2U), .barrier = rule});
    auto sub = ch.subscriber();
    std::vector<quoit::publisher> others;
    st.meet();
    for (std::uint32_t i = 0; i < idle; ++i) others.push_back(ch.publisher());
    st.meet();
    std::array<std::uint64_t, 16> next{};
    std::int64_t count = 0;
    auto const start = now();
    st.value(begun) = start;
    for (auto t = start; t - start < most_ns; t = now()) {
      for (int i = 0; i < 16; ++i) {
        auto const polled = sub.poll([&](quoit::message const& m) {
          require_payload(m.bytes().data(), size, next.at(m.tag())++);
          ++count;
        });
        if (polled.count > 0) continue;
        auto const m = sub.receive(std::chrono::milliseconds(1));
        if (!m) continue;
        require_payload(m.bytes().data(), size, next.at(m.tag())++);
        ++count;
      }
    }
    st.value(messages) = count;
    st.value(ended) = now();
    st.value(stop) = 1;
    while (sub.receive(std::chrono::milliseconds(20))) {
    }
  });
  for (std::uint32_t who = 0; who < publishers; ++who)
    parts.push_back([&publish, who](stage& st) { publish(st, who); });
  run_processes(shared, parts, placement::pinned);
  auto const ns = static_cast<double>(shared->value(ended).load() - shared->value(begun).load());
  return {{"messages", "M/s", static_cast<double>(shared->value(messages).load()) / ns * 1e3}};
}

std::string with(quoit::barrier rule) { return rule == fence ? ", fence" : ""; }

}  // namespace

void add_publishers(suite& s) {
  using enum bound;
  auto const conditions = bytes(size) + ", pinned";
  subject const ideal{"ideal ring", make_ideal_ring};
  s.add({workload, conditions, ideal.name,
         [ideal, &s] { return measure_throughput(ideal, size, capacity, placement::pinned, s.chosen()); }});
  for (auto const rule : {asymmetric, fence}) {
    auto const add = [&](std::string const& what, std::uint32_t publishers, std::uint32_t idle, std::size_t batch) {
      auto const subject = what + with(rule);
      s.add(
          {workload, conditions, subject, [=, &s] { return measure_sum(publishers, idle, batch, rule, s.chosen()); }});
      return subject;
    };
    auto const lone = add("a lone publisher", 1, 0, 1);
    auto const lone_batches = add("a lone publisher, batches of 32", 1, 0, 32);
    auto const two = add("two publishers, together", 2, 0, 1);
    add("two publishers, together, batches of 32", 2, 0, 32);
    s.want({workload, conditions, "messages", lone, "ideal ring", at_least, 0.2});
    s.want({workload, conditions, "messages", lone_batches, "ideal ring", at_least, 0.6});
    s.want({workload, conditions, "messages", two, lone, at_least, 0.5});
    if (s.is_quick() || rule == fence) continue;
    for (std::uint32_t const idle : {8U, 64U, 500U}) {
      auto const busy = add("a lone publisher among " + std::to_string(idle) + " idle ones", 1, idle, 1);
      s.want({workload, conditions, "messages", busy, lone, at_least, 0.95});
    }
  }
}

}  // namespace bench
