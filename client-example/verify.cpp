// SPDX-License-Identifier: BSL-1.0
#include "verify.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <quoit/quoit.hpp>
#include <string_view>

#include "await_channel.hpp"
#include "client_options.hpp"
#include "daemon-example/checked_message.hpp"
#include "daemon-example/clock.hpp"
#include "daemon-example/signals.hpp"

namespace example {

namespace {

/// Checks messages one by one, in the ring, and counts.
class verifier {
 public:
  explicit verifier(std::uint64_t wanted) : wanted_(wanted) {}

  bool done() const noexcept { return received_ == wanted_; }
  std::uint64_t received() const noexcept { return received_; }
  std::uint64_t errors() const noexcept { return errors_; }

  void operator()(quoit::message const& message) {
    if (done()) return;
    if (received_++ == 0) begun_ = clock::now();
    bytes_ += message.bytes().size();
    if (auto const* defect = defect_of(message.bytes(), message.tag(), received_)) complain(message, defect);
    // The channel counts as well, and a reliable subscriber misses nothing.
    if (received_ > 1 && message.sequence() != sequence_ + 1) complain(message, "the channel's number has a gap");
    sequence_ = message.sequence();
    if (done()) ended_ = clock::now();
  }

  void report() const {
    std::chrono::duration<double> const seconds = ended_ - begun_;
    fmt::print(
        "client-example: verified {} messages, {:.1f} MB in {:.3f} s: {:.0f} messages/s, {:.3f} GB/s, {} errors\n",
        received_, static_cast<double>(bytes_) / 1e6, seconds.count(), static_cast<double>(received_) / seconds.count(),
        static_cast<double>(bytes_) / 1e9 / seconds.count(), errors_);
  }

 private:
  void complain(quoit::message const& message, char const* what) {
    if (++errors_ > 5) return;
    fmt::print(stderr, "client-example: message {} ({} in the channel, {} bytes): {}\n", received_, message.sequence(),
               message.bytes().size(), what);
  }

  std::uint64_t wanted_;
  std::uint64_t received_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t sequence_ = 0;
  clock::time_point begun_{};
  clock::time_point ended_{};
};

}  // namespace

int verify_messages(client_options const& options, signals const& on_signal) {
  auto const note = [](std::string_view event) { fmt::print(stderr, "client-example: {}\n", event); };
  auto const channel =
      await_channel(options.channel, {.type = quoit::type_id{checked_type, checked_version}}, on_signal, note);
  if (!channel) return 1;
  auto subscriber = channel.subscriber({.start = quoit::oldest, .label = options.label});
  interrupt_guard const guard(subscriber);

  // The checks count from the sender's first message. Had we come after it, nothing could be said of the others.
  if (subscriber.position() != 1) {
    note(fmt::format("channel {} is at message {} already; stop who publishes or reads there, and start both anew",
                     options.channel, subscriber.position()));
    return 1;
  }
  verifier verify(*options.verify);
  auto status = quoit::status::ok;
  while (status == quoit::status::ok && !verify.done()) {
    // `receive` waits for one; `poll` then hands over what came meanwhile, at less cost for each.
    {
      auto const message = subscriber.receive();
      status = message.status();
      if (message) verify(message);
    }
    if (status == quoit::status::ok) status = subscriber.poll(verify).status;
    if (on_signal.stop()) status = quoit::status::interrupted;
  }
  if (!verify.done()) {
    note(fmt::format("{} after {} of {} messages, {} errors", quoit::to_string(status), verify.received(),
                     *options.verify, verify.errors()));
    return 1;
  }
  verify.report();
  return verify.errors() == 0 ? 0 : 1;
}

}  // namespace example
