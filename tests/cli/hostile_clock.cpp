// SPDX-License-Identifier: BSL-1.0

/// \file
/// Creates a channel, publishes in it for ever, and writes times and counters that cannot be: hostile_clock NAME.

#include <chrono>
#include <limits>
#include <thread>

#include "hostile_peer.hpp"
#include "quoit/quoit.hpp"
#include "registry/entry.hpp"
#include "registry/name.hpp"
#include "segment/digest.hpp"
#include "segment/superblock.hpp"

namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();

/// In the registry file, and in the memory.
void be_created_before_all(quoit::channel const& ch, std::string const& name) {
  using namespace quoit;
  auto const e = registry::entry::open(registry::directory::open(), registry::file_of(name));
  auto d = e.describe();
  d.created = lowest;
  d.checksum = segment::checksum(&d, offsetof(registry::description, checksum));
  e.write(d);
  int const memory = ch.native_handles().header;
  segment::superblock s{};
  if (::pread(memory, &s, sizeof s, 0) != static_cast<ssize_t>(sizeof s)) return;
  s.created_realtime = lowest;
  segment::seal(s);
  if (::pwrite(memory, &s, sizeof s, 0) < 0) return;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto const channel = quoit::channel::create(argv[1], {.timestamps = true});
  auto publisher = channel.publisher();
  auto const held = channel.subscriber();  // behind, so that there is a delay
  support::hostile_peer const peer(channel);
  for (std::uint64_t i = 0;; ++i) {
    auto const sequence = publisher.offer(std::as_bytes(std::span("x", 1))).sequence;
    if (sequence > 0) peer.shared.time_of(sequence) = i % 2 == 0 ? 5 : lowest;
    peer.shared.place(0).bytes = i % 2 == 0 ? 0 : std::numeric_limits<std::uint64_t>::max();
    if (i == 10) be_created_before_all(channel, argv[1]);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}
