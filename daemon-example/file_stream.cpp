// SPDX-License-Identifier: BSL-1.0
#include "file_stream.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <quoit/quoit.hpp>
#include <stdexcept>
#include <string>

#include "daemon_options.hpp"
#include "data_file.hpp"
#include "file_list.hpp"
#include "progress.hpp"
#include "run_program.hpp"
#include "signals.hpp"

namespace example {

using namespace std::chrono_literals;

namespace {

constexpr char const* program = "daemon-example";

/// Made with 16 MiB if nothing else is asked for; but a channel that is there already is taken as it is.
quoit::channel open_stream(daemon_options const& options) {
  using namespace quoit::literals;
  try {
    return quoit::channel::open_or_create(options.channel,
                                          {.capacity = options.capacity.value_or(16_MiB), .kind = quoit::stream});
  } catch (quoit::error const& failure) {
    if (options.capacity || failure.code() != quoit::errc::mismatch) throw;
    return quoit::channel::open(options.channel, {.kind = quoit::stream});
  }
}

/// One writer's time in a stream.
class file_stream {
 public:
  file_stream(quoit::stream_writer& writer, progress& moved, signals const& on_signal)
      : writer_(writer), moved_(moved), on_signal_(on_signal) {}

  void await_readers(std::size_t count) { require(writer_.wait_for_readers(count)); }

  void stream(data_file const& from) {
    for (;;) {
      auto const part = writer_.read_from(from.fd(), progress::piece, progress::interval);
      if (moved_.add(part.count)) require_reader();
      switch (part.status) {
        case quoit::status::end_of_file: return;
        case quoit::status::timeout: break;
        case quoit::status::would_block: from.await(); break;
        case quoit::status::failed: throw from.failure(part.error, so_far());
        default: require(part.status);
      }
      if (on_signal_.stop()) require(quoit::status::interrupted);
    }
  }

  /// Without one the stream would run at full speed into nothing.
  void require_reader() {
    auto const status = writer_.wait_for_readers(1, 0ns);
    if (status == quoit::status::timeout) throw std::runtime_error("no reader is there any more; " + so_far());
    require(status);
  }

 private:
  std::string so_far() const { return fmt::format("{} bytes were streamed", moved_.bytes()); }

  void require(quoit::status status) const {
    if (status == quoit::status::ok) return;
    throw std::runtime_error(fmt::format("{}; {}", quoit::to_string(status), so_far()));
  }

  quoit::stream_writer& writer_;
  progress& moved_;
  signals const& on_signal_;
};

}  // namespace

int stream_files(daemon_options const& options, signals& on_signal) {
  auto const files = file_list(options);
  auto const channel = open_stream(options);
  auto writer = channel.stream_writer({.label = "daemon-example --stream"});
  interrupt_guard const guard(writer);
  bool const typed = ::isatty(STDIN_FILENO) != 0 && std::find(files.begin(), files.end(), "-") != files.end();
  progress moved(program, options.progress, typed);
  file_stream stream(writer, moved, on_signal);

  say(program, fmt::format("channel {}, {} bytes, waiting for {} reader{}", options.channel, writer.capacity(),
                           options.readers, options.readers == 1 ? "" : "s"));
  try {
    stream.await_readers(options.readers);
    moved.start();
    for (auto const& name : files) stream.stream(data_file::to_read(name));
    stream.require_reader();
  } catch (...) {
    writer.abandon();  // readers get what was written before, and learn that it is not all
    throw;
  }
  moved.wipe();
  say(program, fmt::format("streamed {}", moved.summary()));
  return 0;
}

}  // namespace example
