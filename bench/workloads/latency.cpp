// SPDX-License-Identifier: BSL-1.0
#include "core/units.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* polled = "1 latency, polled";
constexpr char const* asleep = "2 latency, asleep";

using enum quoit::barrier;

subjects quoits() {
  return {quoit_subject("quoit", {.barrier = asymmetric}), quoit_subject("quoit, fence", {.barrier = fence}),
          quoit_subject("quoit, many", {.barrier = asymmetric, .publishers = 2}),
          quoit_subject("quoit, many, fence", {.barrier = fence, .publishers = 2})};
}

void add_each(suite& s, char const* workload, subjects const& list, std::size_t size, pace how, placement where) {
  auto const conditions = bytes(size) + ", " + to_string(where);
  for (auto const& what : list) {
    if (size < what.least || size > what.most) continue;
    s.add({workload, conditions, what.name,
           [what, size, how, where, &s] { return measure_latency(what, size, how, where, s.chosen()); }, what.is_peer});
  }
}

void add_polled(suite& s, std::size_t size, placement where) {
  subjects list{{"line ping-pong", make_line}, {"bare ring", make_bare_ring}};
  for (auto const& q : quoits()) list.push_back(q);
  for (auto const& p : peers(s.chosen())) list.push_back(p);
  add_each(s, polled, list, size, pace::polled, where);
}

void add_asleep(suite& s, std::size_t size, placement where) {
  subjects list{{"futex ping-pong", make_futex}};
  for (auto const& q : quoits()) list.push_back(q);
  list.push_back(quoit_subject("quoit, event fd", {.barrier = asymmetric, .by_event_fd = true}));
  list.push_back(quoit_subject("quoit, event fd, fence", {.barrier = fence, .by_event_fd = true}));
  for (auto const& p : peers(s.chosen())) list.push_back(p);
  add_each(s, asleep, list, size, pace::asleep, where);
}

}  // namespace

void add_latency(suite& s) {
  for (auto const where : placements(s.chosen())) {
    add_polled(s, 64, where);
    add_polled(s, 4096, where);
    add_asleep(s, 64, where);
    if (!s.is_quick()) add_asleep(s, 4096, where);
  }
  using enum bound;
  for (auto const* rule : {"", ", fence"}) {
    auto const one = std::string("quoit") + rule;
    s.want({polled, "64 B, pinned", "p50", one, "line ping-pong", at_most, 1.10});
    s.want({polled, "64 B, pinned", "p50", std::string("quoit, many") + rule, "line ping-pong", at_most, 1.5});
    s.want({polled, "4 KiB, pinned", "p50", one, "bare ring", at_most, 1.0});
    s.want({asleep, "64 B, pinned", "p50", one, "futex ping-pong", at_most, 1.10});
  }
}

}  // namespace bench
