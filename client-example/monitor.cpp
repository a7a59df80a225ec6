// SPDX-License-Identifier: BSL-1.0
#include "monitor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "await_channel.hpp"
#include "client_options.hpp"
#include "daemon-example/telemetry_format.hpp"
#include "sample_reader.hpp"

namespace example {

using namespace std::chrono_literals;

monitor::monitor(client_options const& options, signals& on_signal)
    : options_(options), on_signal_(on_signal), view_(make_view(options)) {}

void monitor::run() {
  while (!finished()) {
    auto const channel = await_channel(options_.channel, {.type = quoit::type_id{telemetry_type, telemetry_version}},
                                       on_signal_, [this](std::string_view event) { view_->note(event); });
    if (!channel) break;
    view_->note(fmt::format("found channel {}", options_.channel));
    joined_ = monotonic_ns();
    // `latest`: the newest sample that is there already, so that there is something to show at once.
    auto subscriber = channel.subscriber({.start = quoit::latest, .label = options_.label});
    interrupt_guard const guard(subscriber);
    follow(subscriber);
  }
  if (seen_.samples > 0) view_->show(seen_);
  view_.reset();
  fmt::print("client-example: {} samples, {} damaged\n", seen_.samples, seen_.damaged);
}

void monitor::follow(quoit::subscriber& subscriber) {
  while (!finished()) {
    show_if_due(subscriber);
    auto const until_due = std::max<std::chrono::nanoseconds>(due_ - clock::now(), 0ns);
    auto const message = subscriber.receive(until_due, quoit::waiting::sleep);
    switch (message.status()) {
      case quoit::status::ok: take(message); break;
      case quoit::status::timeout:
      case quoit::status::interrupted: break;
      // Not the end: the channel lives as long as somebody holds it, as this program does. The next publisher of the
      // same name joins it, and this subscriber goes on with that one's first message.
      case quoit::status::closed: publisher_left("closed: the publisher has left"); break;
      case quoit::status::died: publisher_left("died: the publisher has gone without a word"); break;
      // The name belongs to another channel now, or will.
      case quoit::status::retired: view_->note("retired: the channel was removed or replaced"); return;
      case quoit::status::evicted: view_->note("evicted: the publisher did not want to wait; joining again"); return;
      default: throw std::runtime_error(fmt::format("cannot receive: {}", quoit::to_string(message.status())));
    }
  }
}

void monitor::take(quoit::message const& message) {
  auto const now = monotonic_ns();
  if (std::exchange(left_, false)) view_->note("the next publisher is here");
  // What was published before this program came did not wait on its way, but for the program.
  if (message.time() >= joined_) seen_.delays.add(message.time(), now);
  seen_.last_received = now;
  ++seen_.samples;

  sample_reader sample(message.bytes());
  if (!sample.damaged()) seen_.processes.update(sample);
  if (sample.damaged() && seen_.damaged++ == 0) view_->note("a sample is not as the format says");
}

void monitor::publisher_left(char const* how) {
  left_ = true;
  view_->note(fmt::format("{}; waiting for the next one", how));
}

void monitor::show_if_due(quoit::subscriber const& subscriber) {
  auto const now = clock::now();
  if (now < due_ && !on_signal_.take_resize()) return;
  // The first time there is little to be seen: let some samples come.
  if (due_ != clock::time_point{} && seen_.samples > 0) {
    seen_.lag = subscriber.lag();
    view_->show(seen_);
  }
  due_ = now + view_->interval();
}

bool monitor::finished() const noexcept {
  return on_signal_.stop() || (options_.count && seen_.samples >= *options_.count);
}

}  // namespace example
