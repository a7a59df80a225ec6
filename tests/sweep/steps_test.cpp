// SPDX-License-Identifier: BSL-1.0
// That the sweep reaches every step that the library names, and that the library names nothing twice over in the books.
#include <map>
#include <string>

#include <boost/test/unit_test.hpp>

#include "scenes.hpp"
#include "tried.hpp"

namespace {

/// Steps that no scene passes, and why.
std::map<std::string, std::string> const elsewhere{
    {"restored", "only after another boot of the machine: process/sync_test"},
    {"taken_up", "likewise"},
    {"file_renamed", "only when a file gets another name: process/files_test"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(steps_test)

BOOST_AUTO_TEST_CASE(every_named_step_is_passed_by_a_scene) {
  auto const& steps = sweep::step_names();
  std::vector<sweep::scene> scenes;
  for (auto const& group : {sweep::publisher_scenes(), sweep::subscriber_scenes(), sweep::stream_scenes(),
                            sweep::watcher_scenes(), sweep::name_scenes(), sweep::keeper_scenes()}) {
    scenes.insert(scenes.end(), group.begin(), group.end());
  }
  std::vector<std::uint64_t> passes(steps.size());
  auto const is_missing = [&](std::size_t i) { return passes[i] == 0 && !elsewhere.contains(steps[i]); };
  // What others do decides what the victim passes: a rare step may take another round.
  for (int round = 0; round < 5; ++round) {
    for (auto const& s : scenes) {
      auto const of_one = sweep::dry_run(s);
      for (std::size_t i = 0; i < steps.size(); ++i) passes[i] += of_one[i];
    }
    bool all = true;
    for (std::size_t i = 0; i < steps.size(); ++i) all = all && !is_missing(i);
    if (all) break;
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    BOOST_TEST((passes[i] > 0) != elsewhere.contains(steps[i]), steps[i] << " is passed " << passes[i] << " times");
  }
  QUOIT_TRIED(steps.size() << " steps, " << scenes.size() << " scenes, " << elsewhere.size()
                           << " steps swept elsewhere");
}

BOOST_AUTO_TEST_SUITE_END()
