// SPDX-License-Identifier: BSL-1.0
#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "findings.hpp"
#include "json_output.hpp"
#include "output.hpp"
#include "terminal.hpp"

namespace cli {

namespace {

char const* name_of(finding::rank r) noexcept {
  return r == finding::rank::good ? "ok" : r == finding::rank::note ? "note" : "problem";
}

exit_code doctor(bool as_json) {
  std::vector<finding> all;
  for (auto const find : {find_in_kernel, find_room, find_visibility, find_in_channels, find_speed}) {
    for (auto& f : find()) all.push_back(std::move(f));
  }
  bool sound = true;
  json list = json::array();
  for (auto const& f : all) {
    sound = sound && f.state != finding::rank::problem;
    list.push_back({{"what", f.what}, {"state", name_of(f.state)}, {"found", f.found}, {"advice", f.advice}});
    if (as_json) continue;
    auto const colour = f.state == finding::rank::good   ? paint::green
                        : f.state == finding::rank::note ? paint::yellow
                                                         : paint::red;
    print(painted(colour, fmt::format("{:<8}", name_of(f.state))) + fmt::format("{:<20} {}\n", f.what, f.found));
    if (!f.advice.empty()) print(fmt::format("        to do: {}\n", f.advice));
  }
  if (as_json) print_json({{"findings", list}});
  return sound ? exit_code::ok : exit_code::failure;
}

}  // namespace

void add_doctor(CLI::App& app, action& chosen) {
  auto const as_json = std::make_shared<bool>(false);
  verb const v(app, "doctor", "  quoit doctor\n  quoit doctor --json | jq '.findings[] | select(.state != \"ok\")'\n",
               "Look at this machine, session and its channels: what is in the way, and what to do. Ends with 1 "
               "if there is a problem");
  v.add_flag("--json", *as_json, "As JSON");
  v.run_as(chosen, [as_json] { return doctor(*as_json); });
}

}  // namespace cli
