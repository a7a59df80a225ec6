// SPDX-License-Identifier: BSL-1.0
#include "holding_up.hpp"

#include <set>

namespace sweep {

bool always(std::string const&) { return true; }
bool never(std::string const&) { return false; }

bool has_a_claim(std::string const& step) {
  static std::set<std::string> const steps{"claimed", "help_looked_again", "claim_helped", "commit_prefixed"};
  return steps.contains(step);
}

bool is_live(std::string const& step) {
  static std::set<std::string> const not_yet_or_no_more{"place_claimed",   "place_locked",    "place_joined",
                                                        "join_cursor_set", "place_went_back", "place_left"};
  return !not_yet_or_no_more.contains(step);
}

}  // namespace sweep
