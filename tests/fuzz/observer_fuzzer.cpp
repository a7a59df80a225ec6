// SPDX-License-Identifier: BSL-1.0
// An observer of a header that is written over between its looks, and while it hands over what it has read.
#include <array>
#include <chrono>

#include "scene.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

void publish_some(channel const& ch, fuzz::input& in) {
  std::array<std::byte, 1000> bytes{};
  if (ch.info().kind == stream) {
    auto writer = ch.stream_writer();
    for (auto n = in.below(8); n > 0; --n) writer.write(std::span(bytes).first(in.below(bytes.size())), 0s);
    return;
  }
  auto pub = ch.publisher();
  for (auto n = in.below(16); n > 0; --n) pub.publish(std::span(bytes).first(in.below(bytes.size())), 0, 0s);
}

void look(observer const& seen, support::hostile_peer const& p, fuzz::input& in) {
  auto const capacity = p.shared.geometry().capacity;
  auto const take = [&](observed_record const& r) {
    fuzz::require(r.bytes.size() < capacity, "a record that fits the ring");
    fuzz::sum_of(r.bytes);
    if (in.flag()) fuzz::patch(p, in);
  };
  switch (in.below(6)) {
    case 0: seen.level(); break;
    case 1: fuzz::require(seen.sample().participants.size() <= p.shared.geometry().slots, "so many places"); break;
    case 2: seen.read(in.value(seen.level().head), take, in.byte()); break;
    case 3: seen.read_last(in.value(0), take); break;
    case 4: {
      std::vector<std::byte> bytes;
      seen.copy_last(in.value(0), bytes);
      fuzz::require(bytes.size() <= capacity, "so many bytes");
      break;
    }
    default: seen.info();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::input in(data, size);
  auto const ch = fuzz::make_channel(in);
  publish_some(ch, in);
  support::hostile_peer const peer(ch);
  auto const seen = observer::from_handles(ch.native_handles());
  std::optional<subscriber> sub;
  if (ch.info().kind == messages && in.flag()) sub = ch.subscriber({.start = oldest});
  while (!in.empty()) {
    if (in.flag()) {
      fuzz::patch(peer, in);
    } else {
      try {
        look(seen, peer, in);
      } catch (error const&) {
        // what it answers if what it sees makes no sense, or is not of this kind
      }
    }
  }
  return 0;
}
