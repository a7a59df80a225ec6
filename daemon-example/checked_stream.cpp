// SPDX-License-Identifier: BSL-1.0
#include "checked_stream.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <quoit/quoit.hpp>

#include "arguments.hpp"
#include "checked_message.hpp"
#include "clock.hpp"
#include "daemon_options.hpp"
#include "signals.hpp"

namespace example {

namespace {

/// Messages of a size that real channels carry: three in four are small, the others anything up to the longest.
std::size_t random_length(std::uint64_t sequence, daemon_options const& options) noexcept {
  auto const dice = scramble(options.seed + sequence * golden);
  auto const limit = dice % 4 == 0 ? options.max_size : std::min<std::uint64_t>(options.max_size, 256);
  return static_cast<std::size_t>(((dice >> 32U) * (limit + 1)) >> 32U);
}

/// Room for a few of the longest messages; if they are short, the library's default.
std::optional<std::uint64_t> capacity_for(daemon_options const& options) noexcept {
  using namespace quoit::literals;
  if (options.capacity || options.max_size <= 256_KiB) return options.capacity;
  return std::bit_ceil(options.max_size * 4);
}

int give_up(quoit::status why, std::uint64_t published) {
  fmt::print(stderr, "daemon-example: {} after {} messages\n", quoit::to_string(why), published);
  return 1;
}

}  // namespace

int publish_checked(daemon_options const& options, signals& on_signal) {
  auto const channel = quoit::channel::open_or_create(
      options.channel, {.capacity = capacity_for(options), .type = quoit::type_id{checked_type, checked_version}});
  auto publisher = channel.publisher({.label = "daemon-example --messages"});
  interrupt_guard const guard(publisher);
  if (options.max_size > publisher.max_payload()) {
    throw usage_error(fmt::format("--max-size {} is more than the {} bytes that fit into channel {}", options.max_size,
                                  publisher.max_payload(), options.channel));
  }
  fmt::print("daemon-example: channel {}, {} bytes, {} messages of up to {} bytes, pid {}\n", options.channel,
             channel.info().capacity, *options.messages, options.max_size, ::getpid());
  fmt::print("daemon-example: waiting for a subscriber\n");
  std::fflush(stdout);

  if (auto const status = publisher.wait_for_subscribers(1); status != quoit::status::ok) return give_up(status, 0);

  auto const begun = clock::now();
  std::uint64_t bytes = 0;
  for (std::uint64_t sequence = 1; sequence <= *options.messages; ++sequence) {
    // A signal interrupts a wait only, and a publisher whose reader keeps pace never waits.
    if (on_signal.stop()) return give_up(quoit::status::interrupted, sequence - 1);
    auto room = publisher.reserve(random_length(sequence, options));
    if (!room) return give_up(room.status(), sequence - 1);
    write_checked(room.bytes(), sequence, options.seed);
    room.tag(checked_tag(sequence, room.bytes().size()));
    bytes += room.bytes().size();
    if (auto const committed = room.commit(); !committed) return give_up(committed.status, sequence - 1);
  }
  std::chrono::duration<double> const seconds = clock::now() - begun;
  if (publisher.subscribers().empty()) fmt::print(stderr, "daemon-example: no subscriber is there any more\n");
  fmt::print("daemon-example: published {} messages, {:.1f} MB in {:.3f} s: {:.0f} messages/s, {:.3f} GB/s\n",
             *options.messages, static_cast<double>(bytes) / 1e6, seconds.count(),
             static_cast<double>(*options.messages) / seconds.count(),
             static_cast<double>(bytes) / 1e9 / seconds.count());
  return 0;
}

}  // namespace example
