// SPDX-License-Identifier: BSL-1.0
#include "telemetry.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "clock.hpp"
#include "daemon_options.hpp"
#include "sample_writer.hpp"
#include "telemetry_format.hpp"

namespace example {

using namespace std::chrono_literals;

namespace {

/// How long a reader may hold the ring up before a sample is dropped: a daemon serves those who keep pace.
constexpr auto patience = 1s;

void say(std::FILE* where, std::string_view what) {
  fmt::print(where, "daemon-example: {}\n", what);
  std::fflush(where);
}

}  // namespace

telemetry::telemetry(daemon_options const& options, signals& on_signal)
    : options_(options),
      on_signal_(on_signal),
      period_(static_cast<std::int64_t>(1e9 / options.rate)),
      cpus_(static_cast<std::uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)))) {}

void telemetry::run() {
  for (auto what = outcome::retired; what == outcome::retired;) {
    // Open or create: after a crash the channel may live on in its clients, and a new daemon just goes on in it.
    auto const channel = quoit::channel::open_or_create(
        options_.channel,
        {.capacity = options_.capacity, .type = quoit::type_id{telemetry_type, telemetry_version}, .timestamps = true});
    auto publisher = channel.publisher({.label = "daemon-example"});
    say(stdout, fmt::format("channel {}, {} bytes, {} samples/s, pid {}", options_.channel, channel.info().capacity,
                            options_.rate, ::getpid()));
    interrupt_guard const guard(publisher);
    what = publish_samples(publisher);
    if (what == outcome::retired) say(stderr, "the channel was removed or replaced under its name; opening it again");
  }
  say(stdout, fmt::format("stopped: {} samples, {} bytes, {} dropped", samples_, bytes_, dropped_));
}

telemetry::outcome telemetry::publish_samples(quoit::publisher& publisher) {
  auto due = clock::now();
  while (!finished()) {
    // A reserve tells of a retired channel only where it would have to wait, so that what is in the ring can be read.
    // Nobody new can find this channel, though: look each time.
    if (publisher.retired()) return outcome::retired;
    switch (auto const status = publish_sample(publisher)) {
      case quoit::status::ok:
        if (std::exchange(dropping_, false)) say(stderr, fmt::format("publishing again, {} samples dropped", dropped_));
        break;
      case quoit::status::timeout: note_dropped(publisher); break;
      case quoit::status::interrupted: break;
      case quoit::status::retired: return outcome::retired;
      default: throw std::runtime_error(fmt::format("cannot publish: {}", quoit::to_string(status)));
    }
    // Sleeping until a time, not for a time, keeps the rate. A sample that is late by more than a period is not
    // made up for.
    due = std::max(due + period_, clock::now());
    if (!finished()) on_signal_.sleep_until(due);
  }
  return outcome::finished;
}

quoit::status telemetry::publish_sample(quoit::publisher& publisher) {
  // How long a sample will be is known only when it is written. So reserve what will do for sure, write, and commit
  // less: the rest goes back to the ring. Being late is a matter of milliseconds here, hence `sleep` and no spinning.
  auto const bound = std::min(sample_writer::room_for(expected_), publisher.max_payload());
  auto room = publisher.reserve(bound, patience, quoit::waiting::sleep);
  if (!room) return room.status();

  sample_writer writer(room.bytes());
  auto const taken = monotonic_ns();
  processes_.rewind();
  while (processes_.next()) writer.add(processes_.process(), processes_.name());
  auto const used = writer.finish(samples_ + 1, taken, cpus_);
  expected_ = writer.seen() + writer.seen() / 8 + 64;

  auto const committed = room.commit(used);
  if (committed) {
    ++samples_;
    bytes_ += used;
  }
  return committed.status;
}

void telemetry::note_dropped(quoit::publisher const& publisher) {
  ++dropped_;
  if (std::exchange(dropping_, true)) return;
  auto const readers = publisher.subscribers();
  auto const slowest =
      std::max_element(readers.begin(), readers.end(), [](auto const& a, auto const& b) { return a.lag < b.lag; });
  say(stderr, slowest == readers.end() ? "dropping samples: no room"
                                       : fmt::format("dropping samples: waiting for pid {} ({}), {} behind",
                                                     slowest->pid, slowest->label, slowest->lag));
}

bool telemetry::finished() const noexcept {
  return on_signal_.stop() || (options_.count && samples_ >= *options_.count);
}

}  // namespace example
