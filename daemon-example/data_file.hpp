// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdexcept>
#include <string>

namespace example {

/// A file, pipe, terminal or anything else that bytes come from or go to; "-" is standard input or output.
///
/// Everything throws `std::runtime_error` that names the file and the reason.
class data_file {
 public:
  /// Opens it for reading. Of a pipe that has a name this waits for somebody who writes to it.
  static data_file to_read(std::string const& name);

  /// Opens it for writing: creates it, or empties what is there.
  static data_file to_write(std::string const& name);

  /// Whether it could be read, as far as that can be known without opening it: a pipe's other end would notice.
  static void check_readable(std::string const& name);

  data_file(data_file&& other) noexcept;
  data_file& operator=(data_file&&) = delete;
  ~data_file();

  int fd() const noexcept { return fd_; }
  bool is_terminal() const noexcept;

  /// What to call it: its name, or "standard input".
  std::string const& shown() const noexcept { return shown_; }

  /// What a failed call on it means.
  std::runtime_error failure(int error, std::string const& circumstances) const;

  /// If it is a descriptor that does not block, waits until it has or takes something; for a tenth of a second at most.
  void await() const noexcept;

  /// What was written may fail as late as this. Not for standard output, which is not ours alone.
  void close();

 private:
  data_file(int fd, std::string shown, bool reads) noexcept;

  int fd_;
  bool reads_;
  std::string shown_;
};

}  // namespace example
