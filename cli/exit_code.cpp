// SPDX-License-Identifier: BSL-1.0
#include "exit_code.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace cli {

using quoit::errc;

namespace {

/// The next command to try.
std::string hint_for(quoit::error const& e) {
  auto const name = e.facts().name.empty() ? "NAME" : e.facts().name;
  if (e.code().category() != quoit::category()) return code_of(e) == exit_code::permission ? "quoit doctor" : "";
  switch (static_cast<errc>(e.code().value())) {
    case errc::no_such_channel: return "quoit ls";
    case errc::exists:
    case errc::mismatch:
    case errc::publisher_taken:
    case errc::no_slot:
    case errc::not_creator:
    case errc::not_held: return "quoit info " + name;
    case errc::untrusted:
    case errc::unreachable:
    case errc::no_memory: return "quoit doctor";
    case errc::incompatible: return "quoit version";
    case errc::damaged:
    case errc::busy: return "quoit ls --all";
    default: return {};
  }
}

}  // namespace

std::string in_options(std::string text) {
  static constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"say so (channel_options::owner)", "say so (--owner)"},
      {"quoit::replace", "--replace"},
      {"wait with quoit::wait_for", "wait for it (--wait)"},
      {"a quoit::keeper", "a keeper (quoit hold --keeper)"},
      {"or_memfd", "--or-memfd"},
  };
  for (auto const& [theirs, ours] : words) {
    for (auto at = text.find(theirs); at != text.npos; at = text.find(theirs, at + ours.size()))
      text.replace(at, theirs.size(), ours);
  }
  return text;
}

exit_code code_of(quoit::error const& e) noexcept {
  if (e.code().category() == std::system_category() || e.code().category() == std::generic_category()) {
    return e.code().value() == EACCES || e.code().value() == EPERM ? exit_code::permission : exit_code::failure;
  }
  switch (static_cast<errc>(e.code().value())) {
    case errc::bad_name:
    case errc::bad_options: return exit_code::usage;
    case errc::no_such_channel: return exit_code::no_such_channel;
    case errc::untrusted:
    case errc::not_creator:
    case errc::unreachable: return exit_code::permission;
    case errc::incompatible:
    case errc::mismatch: return exit_code::incompatible;
    case errc::timeout: return exit_code::nothing_came;
    default: return exit_code::failure;
  }
}

exit_code code_of(quoit::status s) noexcept {
  switch (s) {
    case quoit::status::ok:
    case quoit::status::closed: return exit_code::ok;
    case quoit::status::timeout: return exit_code::nothing_came;
    case quoit::status::interrupted: return exit_code::interrupted;
    default: return exit_code::failure;
  }
}

exit_code complain(quoit::error const& e) {
  fmt::print(stderr, "quoit: {}\n", in_options(e.what()));
  if (auto const hint = hint_for(e); !hint.empty()) fmt::print(stderr, "try: {}\n", hint);
  return code_of(e);
}

exit_code complain(std::exception const& e) {
  fmt::print(stderr, "quoit: {}\n", e.what());
  return exit_code::failure;
}

exit_code worse(exit_code a, exit_code b) noexcept { return a == exit_code::ok ? b : a; }

}  // namespace cli
