// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>

#include "hostile_peer.hpp"
#include "input.hpp"
#include "quoit/quoit.hpp"

/// \file
/// A channel with something in it, and a peer that writes into its memory what the input says.

namespace fuzz {

/// Of messages or of a stream, for one publisher or many, with or without time stamps, as the input says.
inline quoit::channel make_channel(input& in) {
  auto const how = in.byte();
  auto const wakes = (how & 4U) != 0 ? quoit::barrier::fence : quoit::barrier::asymmetric;
  if ((how & 1U) != 0)
    return quoit::channel::create_anonymous({.capacity = 4096, .kind = quoit::stream, .slots = 6, .barrier = wakes});
  return quoit::channel::create_anonymous({.capacity = 4096,
                                           .records = 8,
                                           .publishers = (how & 2U) != 0 ? 3U : 1U,
                                           .slots = 6,
                                           .timestamps = (how & 8U) != 0,
                                           .barrier = wakes});
}

/// A record that looks as if it had been committed, but for what the input says of its end and its length.
inline void forge(support::hostile_peer const& p, input& in) {
  auto const& r = p.shared;
  auto const mask = r.geometry().mask;
  auto const sequence = r.words().next.word.load() + in.byte() % 4U - 1;
  auto const position = r.record(sequence - 1).b.load();
  auto const length = in.flag() ? in.take<std::uint32_t>() : in.byte();
  auto* const at = p.data->base() + (position & mask & ~std::uint64_t{15});
  std::uint64_t const first = length | std::uint64_t{in.byte()} << 32U;
  std::atomic_ref(*reinterpret_cast<std::uint64_t*>(at)).store(first);
  std::atomic_ref(*reinterpret_cast<std::uint64_t*>(at + 8)).store(r.stamp(sequence, position) ^ (in.byte() & 2U));
  auto& d = r.record(sequence);
  d.b = in.flag() ? in.value(position) : position + 16 + (length + 15) / 16 * 16;
  using quoit::segment::record_state;
  d.a = quoit::segment::pack(quoit::segment::record_word{r.lap(sequence), 0, static_cast<std::uint32_t>(in.below(10)),
                                                         static_cast<record_state>(in.below(5))});
}

/// Writes one word, or one record, that no working peer would.
inline void patch(support::hostile_peer const& p, input& in) {
  auto const& g = p.shared.geometry();
  auto const change = [&](auto& word) {
    using value = std::remove_reference_t<decltype(word.load())>;
    word.store(static_cast<value>(in.value(static_cast<std::uint64_t>(word.load()))));
  };
  auto const change_at = [&](std::byte* at) { change(*reinterpret_cast<std::atomic<std::uint64_t>*>(at)); };
  auto& w = p.shared.words();
  switch (in.below(12)) {
    case 0: change(w.next.word); break;
    case 1: change(w.floor.word); break;
    case 2: in.flag() ? change(w.data.word) : change(w.space.word); break;
    case 3: in.flag() ? change(w.places.word) : change(w.ends.word); break;
    case 4: {
      auto& e = w.end_of[in.below(w.end_of.size())];
      in.flag() ? change(e.who) : change(e.sequence);
      break;
    }
    case 5: {
      auto& s = p.shared.place(static_cast<std::uint32_t>(in.below(g.slots)));
      switch (in.below(6)) {
        case 0: change(s.identity); break;
        case 1: change(s.request); break;
        case 2: change(s.ends_met); break;
        case 3: change(s.pid); break;
        default: change(s.cursor);
      }
      break;
    }
    case 6:
    case 7:
      if (g.records > 0) {
        auto& d = p.shared.record(in.below(g.records));
        in.flag() ? change(d.a) : change(d.b);
      }
      break;
    case 8:
      if (g.records > 0) forge(p, in);
      break;
    case 9: support::mend(p); break;
    case 10: change_at(p.memory.control() + in.below(g.control_size / 8) * 8); break;
    default: change_at(p.data->base() + in.below(g.capacity / 8) * 8);
  }
}

/// Reads all of it, so that the sanitizers and the kernel have their say.
inline std::uint64_t sum_of(std::span<std::byte const> bytes) {
  static std::atomic<std::uint64_t> sum{0};
  for (auto const b : bytes) sum.fetch_add(static_cast<std::uint8_t>(b), std::memory_order_relaxed);
  return sum;
}

/// Whether all of it lies in the ring that is mapped twice from `base` on.
inline void require_inside(std::span<std::byte const> bytes, std::byte const* base, std::uint64_t capacity) {
  if (bytes.empty()) return;
  require(bytes.size() <= capacity && bytes.data() >= base && bytes.data() + bytes.size() <= base + 2 * capacity,
          "bytes of the ring");
  sum_of(bytes);
}

}  // namespace fuzz
