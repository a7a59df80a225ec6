// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include "core/units.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* messages = "3 throughput";
constexpr char const* streams = "3 streams";
constexpr std::size_t MiB = 1U << 20U;
constexpr std::size_t any = std::size_t{1} << 40U;
constexpr std::size_t streamed_chunk = 256U << 10U;

using enum quoit::barrier;

/// The same for all: 1 MiB, or four messages.
std::size_t in_flight_of(std::size_t size) { return std::max(MiB, 4 * size); }

/// The bare ring in chunks of 256 KiB, whatever the others send.
void add_streamed_ring(suite& s, char const* workload, std::size_t size, placement where) {
  subject const ring{"bare ring, 256 KiB", make_bare_ring};
  auto const in_flight = in_flight_of(size);
  s.add({workload, bytes(size) + ", " + to_string(where), ring.name, [ring, in_flight, where, &s] {
           auto found = measure_throughput(ring, streamed_chunk, in_flight, where, s.chosen());
           std::erase_if(found, [](figure const& f) { return f.metric != "bytes"; });
           return found;
         }});
}

void add_each(suite& s, char const* workload, subjects const& list, std::size_t size, placement where) {
  for (auto const& what : list) {
    if (size < what.least || size > what.most) continue;
    s.add({workload, bytes(size) + ", " + to_string(where), what.name,
           [what, size, where, &s] { return measure_throughput(what, size, in_flight_of(size), where, s.chosen()); },
           what.is_peer});
  }
}

void add_messages(suite& s, std::size_t size, placement where) {
  subjects list{{"bare ring", make_bare_ring}};
  if (size <= 64) list.push_back({"ideal ring", make_ideal_ring});
  list.push_back(quoit_subject("quoit", {.barrier = asymmetric}));
  list.push_back(quoit_subject("quoit, fence", {.barrier = fence}));
  list.push_back(quoit_subject("quoit, poll(fn)", {.barrier = asymmetric, .by_poll = true}));
  list.push_back(quoit_subject("quoit, poll(fn), fence", {.barrier = fence, .by_poll = true}));
  if (size <= 1024) {
    list.push_back(quoit_subject("quoit, batches of 32", {.barrier = asymmetric, .batch = 32, .by_poll = true}));
    list.push_back(quoit_subject("quoit, batches of 32, fence", {.barrier = fence, .batch = 32, .by_poll = true}));
  }
  for (auto const& p : peers(s.chosen())) list.push_back(p);
  if (size > 1024) add_streamed_ring(s, messages, size, where);
  add_each(s, messages, list, size, where);
}

void add_streams(suite& s, std::size_t chunk, placement where) {
  subjects list{{"bare ring", make_bare_ring},
                {"quoit stream", [](way const& w) { return make_quoit_stream(w, asymmetric); }},
                {"quoit stream, fence", [](way const& w) { return make_quoit_stream(w, fence); }},
                {"pipe", make_pipe, 8, any, true},
                {"pipe, vmsplice", make_vmsplice, 4096, any, true},
                {"Unix stream", make_unix_stream, 8, any, true}};
  add_streamed_ring(s, streams, chunk, where);
  add_each(s, streams, list, chunk, where);
}

void want_messages(suite& s, std::string const& subject) {
  using enum bound;
  for (auto const* size : {"8 B, pinned", "64 B, pinned"}) {
    s.want({messages, size, "messages", subject, "ideal ring", at_least, 0.6});
    s.want({messages, size, "messages", subject, best_peer, at_least, 5});
  }
  s.want({messages, "1 KiB, pinned", "messages", subject, best_peer, at_least, 1.2});
  for (auto const* size : {"256 KiB, pinned", "1 MiB, pinned"}) {
    s.want({messages, size, "bytes", subject, "bare ring, 256 KiB", at_least, 0.95});
  }
}

}  // namespace

void add_throughput(suite& s) {
  for (auto const where : placements(s.chosen())) {
    for (std::size_t const size : {std::size_t{8}, std::size_t{64}, std::size_t{1024}, MiB / 4, MiB}) {
      add_messages(s, size, where);
    }
    for (std::size_t const chunk : {std::size_t{64}, std::size_t{4096}, MiB / 16, MiB / 4, MiB}) {
      if (!s.is_quick() || chunk == 4096) add_streams(s, chunk, where);
    }
  }
  for (auto const* subject : {"quoit", "quoit, fence", "quoit, poll(fn)", "quoit, poll(fn), fence"}) {
    want_messages(s, subject);
  }
  for (auto const* subject : {"quoit stream", "quoit stream, fence"}) {
    for (auto const* chunk : {"4 KiB", "64 KiB", "256 KiB", "1 MiB"}) {
      auto const conditions = std::string(chunk) + ", pinned";
      s.want({streams, conditions, "bytes", subject, "bare ring", bound::at_least, 0.95});
      s.want({streams, conditions, "bytes", subject, "bare ring, 256 KiB", bound::at_least, 0.95});
    }
  }
}

}  // namespace bench
