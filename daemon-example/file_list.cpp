// SPDX-License-Identifier: BSL-1.0
#include "file_list.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>

#include "daemon_options.hpp"
#include "data_file.hpp"

namespace example {

namespace {

std::string whole_text(data_file const& from) {
  std::string text;
  std::array<char, 65536> part{};
  for (;;) {
    auto const got = ::read(from.fd(), part.data(), part.size());
    if (got < 0) throw from.failure(errno, "nothing was streamed");
    if (got == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

/// The names in a file, each ended by a NUL; at the last one it may be missing.
std::vector<std::string> names_in(std::string const& file) {
  auto const from = data_file::to_read(file);
  auto const text = whole_text(from);
  std::vector<std::string> names;
  for (std::string_view rest = text; !rest.empty();) {
    names.emplace_back(rest.substr(0, rest.find('\0')));
    if (names.back().empty()) throw std::runtime_error("an empty name of a file is in " + from.shown());
    rest.remove_prefix(std::min(rest.size(), names.back().size() + 1));
  }
  return names;
}

}  // namespace

std::vector<std::string> file_list(daemon_options const& options) {
  auto names = options.files0 ? names_in(*options.files0) : options.files;
  for (auto const& name : names) data_file::check_readable(name);
  return names;
}

}  // namespace example
