// SPDX-License-Identifier: BSL-1.0
#include "ring/introduction.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <unistd.h>

#include "system/process.hpp"
#include "system/utf8.hpp"

namespace quoit::ring {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// How much of it can be kept without cutting a character of UTF-8.
std::size_t length_of(std::string const& label, std::size_t most) noexcept {
  if (label.size() <= most) return label.size();
  auto n = most;
  while (n + 3 > most && (static_cast<unsigned char>(label[n]) & 0xC0U) == 0x80U) --n;
  return n;
}

}  // namespace

void introduce(slot& s, std::uint32_t generation, std::string const& label) noexcept {
  s.pid.store(static_cast<std::uint64_t>(::getpid()), relaxed);
  s.start_time.store(sys::own_start_time(), relaxed);
  std::array<char, sizeof s.label> text{};
  std::memcpy(text.data(), label.data(), length_of(label, text.size() - 1));
  for (std::size_t i = 0; i < s.label.size(); ++i) {
    std::uint64_t w = 0;
    std::memcpy(&w, text.data() + i * sizeof w, sizeof w);
    s.label[i].store(w, relaxed);
  }
  for (auto* counter : {&s.messages, &s.bytes, &s.sleeps, &s.overslept, &s.recovered, &s.dropped, &s.lost, &s.wakes})
    counter->store(0, relaxed);
  s.generation.store(generation, relaxed);
}

void read_introduction(slot const& s, participant_info& p) {
  p.pid = static_cast<pid_t>(s.pid.load(relaxed));
  p.label = label_of(s);
  p.messages = s.messages.load(relaxed);
  p.bytes = s.bytes.load(relaxed);
  p.sleeps = s.sleeps.load(relaxed);
  p.wakes = s.wakes.load(relaxed);
  p.overslept = s.overslept.load(relaxed);
  p.recovered = s.recovered.load(relaxed);
  p.dropped = s.dropped.load(relaxed);
  p.lost = s.lost.load(relaxed);
}

std::string label_of(slot const& s) {
  std::array<char, sizeof s.label> text{};
  for (std::size_t i = 0; i < s.label.size(); ++i) {
    auto const w = s.label[i].load(relaxed);
    std::memcpy(text.data() + i * sizeof w, &w, sizeof w);
  }
  return sys::harmless({text.begin(), std::find(text.begin(), text.end(), '\0')});
}

}  // namespace quoit::ring
