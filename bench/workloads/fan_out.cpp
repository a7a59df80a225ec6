// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/counter.hpp"
#include "core/payload.hpp"
#include "core/stage.hpp"
#include "quoit/quoit.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* workload = "5 fan-out";
constexpr std::size_t capacity = 1U << 20U;
constexpr std::size_t size = 1024;
constexpr std::uint64_t burst = 256;  // messages: a quarter of the ring

/// How the subscribers wait.
enum class doze {
  napping,  ///< They look every now and then by themselves: the publisher has nobody to wake.
  asleep,   ///< They sleep until they are woken.
};

void subscribe(stage& st, std::string const& name, quoit::delivery delivery, doze how) {
  using namespace std::chrono_literals;
  pin_to(1);
  auto const ch = quoit::channel::open(name, quoit::wait_for{});
  auto sub = ch.subscriber({.delivery = delivery});
  st.meet();
  while (st.end.load(std::memory_order_relaxed) != 0) {
    std::uint64_t seen = 0;
    sub.poll([&](quoit::message const& m) { seen += is_payload(m.bytes().data(), size, m.sequence()); });
    if (how == doze::napping) {
      std::this_thread::sleep_for(500us);
    } else {
      sub.receive(10ms, quoit::waiting::sleep);
    }
  }
}

/// What a message costs the publisher itself, alone on its core, in bursts for which there is room; the median of the
/// bursts, as a few are interrupted. Between them it waits until the reliable ones have read everything.
figures measure_cost(std::size_t subscribers, quoit::delivery delivery, doze how, settings const& s) {
  auto const name = fresh_name();
  shared_stage shared(subscribers + 1);
  auto const most_ns = static_cast<std::int64_t>(s.seconds * 1e9);
  enum value { sent, time, instructions };
  std::vector<part> parts{[&](stage& st) {
    auto const ch = quoit::channel::create(name, {.capacity = capacity, .slots = 64});
    auto pub = ch.publisher();
    st.meet();
    instruction_counter const counter;
    std::uint64_t count = 0, executed = 0;
    std::vector<std::uint64_t> spent;
    for (auto const start = now(); spent.empty() || now() - start < most_ns;) {
      auto const before = counter.read().value_or(0);
      auto const t = ticks();
      for (std::uint64_t i = 0; i < burst; ++i) {
        auto room = pub.reserve(size);
        write_payload(room.bytes().data(), size, count + 1);
        require(room.commit().sequence == ++count, "no room in the ring");
      }
      spent.push_back(ticks() - t);
      executed += counter.read().value_or(0) - before;
      // Until there is room again for a burst without waiting.
      bool behind = true;
      while (behind) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
        behind = false;
        for (auto const& p : pub.subscribers()) behind = behind || (p.delivery == quoit::reliable && p.lag > burst);
      }
    }
    st.end = 0;
    st.value(sent) = static_cast<std::int64_t>(count);
    auto const middle = spent.begin() + static_cast<std::ptrdiff_t>(spent.size() / 2);
    std::nth_element(spent.begin(), middle, spent.end());
    st.value(time) = static_cast<std::int64_t>(static_cast<double>(*middle) * tick_length());
    st.value(instructions) = counter.read() ? static_cast<std::int64_t>(executed) : -1;
  }};
  for (std::size_t i = 0; i < subscribers; ++i) {
    parts.push_back([&](stage& st) { subscribe(st, name, delivery, how); });
  }
  run_processes(shared, parts, placement::pinned);
  auto const count = static_cast<double>(shared->value(sent).load());
  figures found{{"publisher's time", "ns/msg", static_cast<double>(shared->value(time).load()) / burst}};
  if (auto const n = shared->value(instructions).load(); n >= 0) {
    found.push_back({"publisher's instructions", "1/msg", static_cast<double>(n) / count});
  }
  return found;
}

/// What each of several subscribers receives when everybody goes as fast as possible.
figures measure_rate(std::size_t subscribers, quoit::delivery delivery, settings const& s) {
  auto const name = fresh_name();
  shared_stage shared(subscribers + 1);
  auto const most_ns = static_cast<std::int64_t>(s.seconds * 1e9) * (subscribers > 8 ? 3 : 2);
  std::vector<part> parts{[&](stage& st) {
    auto const ch = quoit::channel::create(name, {.capacity = capacity, .slots = 64});
    auto pub = ch.publisher();
    st.meet();
    std::uint64_t count = 0;
    for (auto const start = now(); now() - start < most_ns;) {
      for (int i = 0; i < 64; ++i) {
        auto room = pub.reserve(size);
        write_payload(room.bytes().data(), size, ++count);
        room.commit();
      }
    }
    st.end = 0;
  }};
  for (std::size_t i = 0; i < subscribers; ++i) {
    parts.push_back([&, i](stage& st) {
      auto const ch = quoit::channel::open(name, quoit::wait_for{});
      auto sub = ch.subscriber({.delivery = delivery});
      st.meet();
      std::int64_t good = 0;
      auto const check = [&](quoit::message const& m) {
        bool const same = is_payload(m.bytes().data(), size, m.sequence());
        good += same && m.whole();
        require(same || !m.whole(), "a message was damaged");
      };
      while (st.end.load(std::memory_order_relaxed) != 0) {
        if (sub.poll(check).count > 0) continue;
        if (auto const m = sub.receive(std::chrono::milliseconds(10))) check(m);
      }
      st.value(i) = good;
    });
  }
  run_processes(shared, parts, placement::unpinned);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < subscribers; ++i) sum += shared->value(i).load();
  auto const each = static_cast<double>(sum) / static_cast<double>(subscribers);
  return {{"each receives", "M/s", each / static_cast<double>(most_ns) * 1e3}};
}

}  // namespace

void add_fan_out(suite& s) {
  using enum bound;
  auto const conditions = [](std::size_t n) { return "1 to " + std::to_string(n) + ", 1 KiB"; };
  s.add({workload, conditions(0), "nobody", [&s] { return measure_cost(0, quoit::lossy, doze::napping, s.chosen()); }});
  for (std::size_t const n : {1, 2, 4, 8, 16, 64}) {
    if (s.is_quick() && n != 1 && n != 8) continue;
    auto const add = [&](std::string const& subject, auto&& run) {
      s.add({workload, conditions(n), subject, [run, &s] { return run(s.chosen()); }});
    };
    for (auto const d : {quoit::reliable, quoit::lossy}) {
      std::string const kind = d == quoit::reliable ? "lossless" : "lossy";
      add(kind + ", napping", [=](settings const& t) { return measure_cost(n, d, doze::napping, t); });
      add(kind + ", asleep", [=](settings const& t) { return measure_cost(n, d, doze::asleep, t); });
      add(kind + ", flat out", [=](settings const& t) { return measure_rate(n, d, t); });
    }
    auto const most = 1 + 0.02 * static_cast<double>(n);
    s.want({workload, conditions(n), "publisher's time", "lossy, napping", "nobody", at_most, 1.02, conditions(0)});
    s.want({workload, conditions(n), "publisher's time", "lossless, napping", "nobody", at_most, most, conditions(0)});
  }
  s.want({workload, conditions(8), "each receives", "lossless, flat out", "lossless, flat out", at_least, 0.25,
          conditions(1)});
}

}  // namespace bench
