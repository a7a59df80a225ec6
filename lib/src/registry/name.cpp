// SPDX-License-Identifier: BSL-1.0
#include "registry/name.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "segment/superblock.hpp"
#include "system/fail.hpp"

namespace quoit::registry {

namespace {

bool is_alphanumeric(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// What is wrong with the name, or empty.
std::string fault(std::string_view name) {
  if (name.empty()) return "an empty name";
  if (name.size() > longest_name) return fmt::format("{} bytes", name.size());
  bool begins_part = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char const c = name[i];
    if (c == '/') {
      if (begins_part) return fmt::format("an empty part at byte {}", i);
      begins_part = true;
      continue;
    }
    if (!is_alphanumeric(c) && (begins_part || (c != '.' && c != '_' && c != '-'))) {
      return fmt::format("'{}' at byte {}", printable(std::string_view(&c, 1)), i);
    }
    begins_part = false;
  }
  return begins_part ? "a slash at the end" : "";
}

}  // namespace

void check_name(std::string_view name) {
  auto const found = fault(name);
  if (found.empty()) return;
  fail(errc::bad_name,
       {.doing = "use the channel name",
        .name = std::string(name.substr(0, longest_name)),
        .expected = fmt::format("parts of letters, digits, '.', '_' and '-' that begin with a letter or digit, joined "
                                "by '/', at most {} bytes",
                                longest_name),
        .found = found,
        .advice = "choose a name like camera/front"});
}

std::string file_of(std::string_view name) {
  std::string file(name);
  std::replace(file.begin(), file.end(), '/', '+');
  return file;
}

std::string name_of(std::string_view file) {
  std::string name(file);
  std::replace(name.begin(), name.end(), '+', '/');
  return file.find('/') == std::string_view::npos && fault(name).empty() ? name : std::string();
}

std::string hidden_name(segment::uuid const& id) { return "." + segment::to_string(id); }

}  // namespace quoit::registry
