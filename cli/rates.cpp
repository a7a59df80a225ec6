// SPDX-License-Identifier: BSL-1.0
#include "rates.hpp"

#include <algorithm>

#include "elapsed.hpp"

namespace cli {

using role = decltype(quoit::participant_info{}.role);

namespace {

quoit::observed_participant const* same_in(quoit::channel_sample const& s, quoit::observed_participant const& p) {
  for (auto const& q : s.participants) {
    if (q.slot == p.slot && q.generation == p.generation) return &q;
  }
  return nullptr;
}

std::uint64_t grown(std::uint64_t before, std::uint64_t after) noexcept { return after > before ? after - before : 0; }

}  // namespace

flow between(quoit::channel_sample const& before, quoit::channel_sample const& after, bool is_stream) {
  flow f;
  f.interval = elapsed(before.time, after.time);
  for (auto const& p : after.participants) {
    auto const* const old = same_in(before, p);
    auto const since = [&](auto member) { return grown(old == nullptr ? 0 : old->*member, p.*member); };
    f.sleeps += since(&quoit::observed_participant::sleeps);
    f.lost += since(&quoit::observed_participant::lost);
    if (p.role != role::publisher) continue;
    f.messages += since(&quoit::observed_participant::messages);
    f.bytes += since(&quoit::observed_participant::bytes);
    f.dropped += since(&quoit::observed_participant::dropped);
  }
  if (before.status != quoit::status::ok || after.status != quoit::status::ok) return f;
  // Publishers that have gone have taken their counters with them; the ring has not forgotten.
  if (!is_stream) f.messages = std::max(f.messages, grown(before.head, after.head));
  if (is_stream || f.bytes == 0) f.bytes = grown(before.head_position, after.head_position);
  return f;
}

attendance count(quoit::channel_sample const& s) {
  attendance a;
  for (auto const& p : s.participants) {
    if (p.state == quoit::participant_state::dead) {
      ++a.dead;
    } else {
      ++(p.role == role::publisher ? a.publishers : a.subscribers);
    }
  }
  return a;
}

}  // namespace cli
