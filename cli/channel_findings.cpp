// SPDX-License-Identifier: BSL-1.0
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <quoit/observer.hpp>

#include "exit_code.hpp"
#include "findings.hpp"

namespace cli {

namespace {

using rank = finding::rank;
using state = decltype(quoit::listing::state);

/// The text of an error, which ends with what to do, in its two parts.
finding problem(quoit::listing const& l, std::string text) {
  static constexpr std::string_view before_advice = "; to do: ";
  text = in_options(std::move(text));
  auto const at = text.rfind(before_advice);
  auto const advice = at == text.npos ? "quoit ls --all" : text.substr(at + before_advice.size());
  return {"channel " + l.name, rank::problem, text.substr(0, at), advice};
}

/// What is wrong with it, or nothing.
std::vector<finding> look_at(quoit::listing const& l) {
  switch (l.state) {
    case state::foreign:
      return {{"channel " + l.name, rank::note, "it belongs to another user",
               fmt::format("if you trust that user: --owner, as in quoit info {} --owner NUMBER", l.name)}};
    case state::damaged: return {problem(l, l.note)};
    case state::stale: return {};
    case state::alive:
    case state::dormant: break;
  }
  try {
    quoit::observer::open(l.name, {.survive_truncation = true});
  } catch (quoit::error const& e) {
    bool const has_just_gone = e.code() == make_error_code(quoit::errc::no_such_channel);
    if (!has_just_gone) return {problem(l, e.what())};
  }
  return {};
}

}  // namespace

std::vector<finding> find_in_channels() {
  std::vector<finding> all;
  std::size_t count = 0;
  try {
    for (auto const& l : quoit::channel::list()) {
      auto const wrong = look_at(l);
      all.insert(all.end(), wrong.begin(), wrong.end());
      ++count;
    }
  } catch (quoit::error const&) {
    return {};  // the registry itself is a finding
  }
  if (all.empty()) return {{"channels", rank::good, fmt::format("{}, each to be looked at", count), ""}};
  return all;
}

}  // namespace cli
