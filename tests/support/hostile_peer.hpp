// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <unistd.h>

#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "ring/ring.hpp"
#include "segment/memory.hpp"

/// \file
/// One who may map a channel's memory, and writes what no working peer writes.

namespace support {

/// A second look at a channel's memory, by which everything can be written.
struct hostile_peer {
  explicit hostile_peer(quoit::channel const& ch)
      : memory(quoit::segment::memory::attach(quoit::sys::descriptor(::dup(ch.native_handles().header)),
                                              quoit::sys::descriptor(::dup(ch.native_handles().data)))),
        data(memory.map_data(quoit::mirror::access::read_write)),
        shared(memory.geometry(), memory.super().key, memory.control(), memory.header_fd(), memory.lock_file()) {}

  quoit::segment::memory memory;
  std::shared_ptr<quoit::mirror::mirrored> data;
  quoit::ring::ring shared;
};

/// A word of the protocol.
struct hostile_word {
  std::string name;
  std::function<std::uint64_t()> load;
  std::function<void(std::uint64_t)> store;
};

/// All of them, but for counters and labels; and some words of the ring.
inline std::vector<hostile_word> words_of(hostile_peer const& p) {
  std::vector<hostile_word> all;
  auto const add = [&](std::string name, auto& word) {
    using value = std::remove_reference_t<decltype(word.load())>;
    all.push_back({std::move(name), [&word] { return static_cast<std::uint64_t>(word.load()); },
                   [&word](std::uint64_t v) { word.store(static_cast<value>(v)); }});
  };
  auto& w = p.shared.words();
  auto const& g = p.shared.geometry();
  add("next", w.next.word);
  add("floor", w.floor.word);
  add("data", w.data.word);
  add("space", w.space.word);
  add("places", w.places.word);
  add("ends", w.ends.word);
  for (std::size_t i = 0; i < w.end_of.size(); ++i) {
    add("end " + std::to_string(i) + " who", w.end_of[i].who);
    add("end " + std::to_string(i) + " sequence", w.end_of[i].sequence);
  }
  for (std::uint32_t i = 0; i < g.slots; ++i) {
    auto& s = p.shared.place(i);
    auto const place = "place " + std::to_string(i);
    add(place + " identity", s.identity);
    add(place + " request", s.request);
    add(place + " cursor", s.cursor);
    add(place + " ends met", s.ends_met);
    add(place + " pid", s.pid);
    add(place + " generation", s.generation);
  }
  for (std::uint64_t i = 0; i < g.records; ++i) {
    add("record " + std::to_string(i) + " a", p.shared.record(i).a);
    add("record " + std::to_string(i) + " b", p.shared.record(i).b);
  }
  for (std::uint64_t i = 0; i < g.records; ++i) {
    // The prefix of the next one, wherever that is by now.
    for (std::uint64_t const part : {0U, 8U}) {
      auto const word = [&p, i, part]() -> std::atomic<std::uint64_t>& {
        auto const at = ((p.shared.record(i).b.load() & p.shared.geometry().mask) & ~std::uint64_t{15}) + part;
        return *reinterpret_cast<std::atomic<std::uint64_t>*>(p.data->base() + at);
      };
      all.push_back({std::string(part == 0 ? "length" : "stamp") + " behind record " + std::to_string(i),
                     [word] { return word().load(); }, [word](std::uint64_t v) { word().store(v); }});
    }
  }
  for (std::uint64_t at = 0; at < g.capacity; at += g.capacity / 16) {
    add("data " + std::to_string(at), *reinterpret_cast<std::atomic<std::uint64_t>*>(p.data->base() + at));
    add("data " + std::to_string(at + 8), *reinterpret_cast<std::atomic<std::uint64_t>*>(p.data->base() + at + 8));
  }
  add("retired", w.retired.word);  // the last one: it takes the name away
  return all;
}

/// Something near what is there, something on an edge, or anything.
inline std::uint64_t nasty(support::random& random, std::uint64_t there) {
  switch (random.below(6)) {
    case 0: return there + random.below(40);
    case 1: return there - random.below(40);
    case 2: return there ^ std::uint64_t{1} << random.below(64);
    case 3: return random.below(10'000);
    case 4: return ~std::uint64_t{0} >> random.below(64);
    default: return random();
  }
}

/// Makes the channel good again as far as that goes: else all would soon answer nothing but errors.
inline void mend(hostile_peer const& p) {
  auto& w = p.shared.words();
  auto const& g = p.shared.geometry();
  bool const is_stream = g.records == 0;
  w.floor.word = is_stream ? 0 : 1;
  w.next.word = is_stream ? 0 : 1;
  w.ends.word = 0;
  w.retired.word = 0;
  w.places.word = g.slots;
  for (std::uint64_t i = 0; i < g.records; ++i) {
    p.shared.record(i).a = i == 0 ? quoit::segment::resolved_before_all : 0;
    p.shared.record(i).b = 0;
  }
}

}  // namespace support
