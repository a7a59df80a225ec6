// SPDX-License-Identifier: BSL-1.0
// That the sweep reaches every step that the library names, and that the library names nothing twice over in the books.
#include <map>
#include <string>

#include <boost/test/unit_test.hpp>

#include "scenes.hpp"

namespace {

/// Steps that no scene passes, and why.
std::map<std::string, std::string> const elsewhere{
    {"restored", "only after another boot of the machine: process/sync_test"},
    {"taken_up", "likewise"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(steps_test)

BOOST_AUTO_TEST_CASE(every_named_step_is_passed_by_a_scene) {
  auto const& steps = sweep::step_names();
  std::vector<std::uint64_t> passes(steps.size());
  std::size_t scenes = 0;
  for (auto const& group :
       {sweep::publisher_scenes(), sweep::subscriber_scenes(), sweep::stream_scenes(), sweep::name_scenes()}) {
    for (auto const& s : group) {
      auto const of_one = sweep::dry_run(s);
      for (std::size_t i = 0; i < steps.size(); ++i) passes[i] += of_one[i];
      ++scenes;
    }
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    BOOST_TEST((passes[i] > 0) != elsewhere.contains(steps[i]), steps[i] << " is passed " << passes[i] << " times");
  }
  BOOST_TEST_MESSAGE(steps.size() << " steps, " << scenes << " scenes, " << elsewhere.size()
                                  << " steps swept elsewhere");
}

BOOST_AUTO_TEST_SUITE_END()
