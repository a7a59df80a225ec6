// SPDX-License-Identifier: BSL-1.0
#include "sink.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <stdexcept>
#include <string_view>

#include "await_channel.hpp"
#include "client_options.hpp"
#include "daemon-example/run_program.hpp"

namespace example {

namespace {

constexpr char const* program = "client-example";

}  // namespace

sink::sink(client_options const& options, signals const& on_signal)
    : options_(options),
      on_signal_(on_signal),
      to_(data_file::to_write(*options.sink)),
      moved_(program, options.progress, to_.is_terminal()) {}

int sink::run() {
  for (auto start = options_.next ? quoit::next : quoit::oldest;; start = quoit::oldest) {
    auto const channel = await_channel(options_.channel, {.kind = quoit::stream}, on_signal_,
                                       [this](std::string_view event) { note(std::string(event)); });
    if (!channel) return finish("interrupted", 1);
    // `oldest`: what was written before this program came, as far as it is still in the ring.
    auto reader = channel.stream_reader({.start = start, .label = options_.label});
    interrupt_guard const guard(reader);
    if (reader.position() > 0) note(fmt::format("begins behind byte {} of the channel", reader.position()));
    if (auto const exit_status = drain(reader)) return *exit_status;
  }
}

std::optional<int> sink::drain(quoit::stream_reader& reader) {
  for (;;) {
    auto const part = move_some(reader);
    moved_.add(part.count);
    switch (part.status) {
      case quoit::status::ok:
      case quoit::status::timeout:
      case quoit::status::interrupted: break;
      // Both come behind the last byte of a writer, once. The reader could go on with the next one's first byte.
      case quoit::status::closed:
        if (!options_.follow) return finish("closed: the writer has left", 0);
        note(fmt::format("closed: the writer has left; {}; waiting for the next one", so_far()));
        break;
      case quoit::status::died:
        if (!options_.follow) return finish("died: the writer has gone without a word", 1);
        note(fmt::format("died: the writer has gone without a word; {}; waiting for the next one", so_far()));
        break;
      case quoit::status::retired:
        if (!options_.follow) return finish("retired: the channel was removed or replaced", 1);
        note("retired: the channel was removed or replaced; opening it again");
        return std::nullopt;
      case quoit::status::would_block: to_.await(); break;
      case quoit::status::failed: throw to_.failure(part.error, so_far());
      default: throw std::runtime_error(fmt::format("cannot read on: {}; {}", quoit::to_string(part.status), so_far()));
    }
    // A signal is the only end of a sink that follows, and good if nothing was left unread.
    if (on_signal_.stop()) return finish("interrupted", options_.follow && reader.lag() == 0 ? 0 : 1);
  }
}

quoit::transfer sink::move_some(quoit::stream_reader& reader) {
  if (moved_.started()) return reader.write_to(to_.fd(), progress::piece, progress::interval);
  // The clock begins with the first byte, whenever that comes.
  auto const first = reader.data(1, progress::interval);
  if (first) moved_.start();
  return {first.status, 0, 0};
}

int sink::finish(char const* how, int exit_status) {
  to_.close();
  note(fmt::format("{}; to {}: {}", how, to_.shown(), moved_.summary()));
  return exit_status;
}

void sink::note(std::string const& what) {
  moved_.wipe();
  say(program, what);
}

std::string sink::so_far() const { return fmt::format("{} bytes were written", moved_.bytes()); }

}  // namespace example
