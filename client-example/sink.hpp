// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <quoit/quoit.hpp>
#include <string>

#include "daemon-example/data_file.hpp"
#include "daemon-example/progress.hpp"
#include "daemon-example/signals.hpp"

namespace example {

struct client_options;

/// Writes the bytes of a stream to a file, up to the end of a writer's time; or, if it is to follow, of all writers.
class sink {
 public:
  /// Opens the file. Throws `std::runtime_error`.
  sink(client_options const& options, signals const& on_signal);

  /// Returns the exit status: 0 if the writer has closed the stream, and everything was written. Throws
  /// `quoit::error`, and `std::runtime_error` if the file takes no more.
  int run();

 private:
  /// Goes on until there is an exit status, or none because the stream is to be opened again.
  std::optional<int> drain(quoit::stream_reader& reader);

  quoit::transfer move_some(quoit::stream_reader& reader);

  int finish(char const* how, int exit_status);
  void note(std::string const& what);
  std::string so_far() const;

  client_options const& options_;
  signals const& on_signal_;
  data_file to_;
  progress moved_;
};

}  // namespace example
