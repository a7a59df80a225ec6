// SPDX-License-Identifier: BSL-1.0
#include "names.hpp"

#include <algorithm>

#include <fnmatch.h>

#include <quoit/channel.hpp>

namespace cli {

namespace {

bool is_there(quoit::listing const& l) {
  using state = decltype(l.state);
  return l.state == state::alive || l.state == state::dormant || l.state == state::foreign;
}

[[noreturn]] void nothing(std::string const& word) {
  quoit::error_facts facts{.doing = "find the channel", .name = word};
  if (is_pattern(word)) facts.found = "no channel whose name fits";
  facts.advice = "see that QUOIT_RUNTIME_DIR is the same as that of the process that creates it";
  throw quoit::error(make_error_code(quoit::errc::no_such_channel), facts);
}

}  // namespace

bool is_pattern(std::string const& word) noexcept { return word.find_first_of("*?[") != std::string::npos; }

void name_choice::add_to(verb const& v, bool none_means_all) {
  auto const named = v.add_option("NAME", words, "Channels; patterns such as 'camera/*' stand for all that fit");
  auto const every = v.add_flag("-a,--all", all, "All channels").excludes(named);
  if (none_means_all) return;
  v.when_read([named, every] {
    if (!named.is_given() && !every.is_given()) is_missing("NAME or --all");
  });
}

void name_choice::add_owner_to(verb const& v) {
  v.add_option("--owner", owner, "Whose channels they may be (a user's number), beside yours and root's");
}

std::vector<quoit::listing> name_choice::find() const {
  auto const every = quoit::channel::list(owner);
  std::vector<quoit::listing> found;
  auto const add = [&](quoit::listing const& l) {
    if (std::none_of(found.begin(), found.end(), [&](auto const& f) { return f.name == l.name; })) found.push_back(l);
  };
  if (all) {
    for (auto const& l : every) {
      if (is_there(l)) add(l);
    }
    return found;
  }
  for (auto const& word : words) {
    bool any = false;
    for (auto const& l : every) {
      bool const fits =
          is_pattern(word) ? is_there(l) && ::fnmatch(word.c_str(), l.name.c_str(), 0) == 0 : l.name == word;
      if (fits) add(l);
      any = any || fits;
    }
    if (!any) nothing(word);
  }
  return found;
}

}  // namespace cli
