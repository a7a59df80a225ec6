// SPDX-License-Identifier: BSL-1.0
// Who creates, opens, replaces, removes or takes over a name is killed, and stopped, at each step: the name works
// again, those inside learn it, and nothing is left.
#include <optional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "backing_kinds.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scenes.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"
#include "system/step.hpp"
#include "system_v_segments.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace sweep {

namespace {

enum class found { nothing, a_living_one, a_dead_one, half_a_removal };

/// The victim does it to the name "n", with these options.
struct name_scene {
  std::string name;
  found there;
  std::function<void(channel_options const&)> act;
  std::function<void(channel_options&, support::scratch_directory const&)> choose{};
  bool others_ask = false;  ///< While the victim is stopped others open, create and remove the same name.
};

void pass_a_message(channel const& ch) {
  auto sub = ch.subscriber();
  auto pub = ch.publisher();
  BOOST_TEST(static_cast<bool>(pub.publish(support::bytes_of("news"))));
  BOOST_TEST(support::text_of(sub.receive(60s).bytes()) == "news");
}

/// Lives in the channel until that is retired.
support::child inside(channel_options const& options, std::atomic<bool>& ready) {
  return support::child([&] {
    auto const ch = channel::create("n", options);
    auto sub = ch.subscriber();
    ready = true;
    for (;;) {
      auto const m = sub.receive(60s, waiting::sleep);
      if (m.status() == status::retired) return 0;
      support::require(m.status() != status::timeout, "those inside learn it");
    }
  });
}

/// Of those who want the same name each gets it, or is told that it has gone, is another's, or changes just now.
void try_it(std::function<void()> const& act) {
  try {
    act();
  } catch (error const& e) {
    bool const fair = e.code() == errc::busy || e.code() == errc::unreachable || e.code() == errc::exists ||
                      e.code() == errc::no_such_channel;
    support::require(fair, e.what());
  }
}

/// What is half removed has gone by itself if those inside, who were told, leave first.
void act_on_what_may_go(std::function<void()> const& act) {
  try {
    act();
  } catch (error const& e) {
    support::require(e.code() == errc::no_such_channel, e.what());
  }
}

void ask_for_the_name(channel_options const& options) {
  std::function<void()> const acts[]{
      [] { channel::open("n"); },
      [&] { channel::open_or_create("n", options); },
      [&] { channel::create("n", replace, options); },
      [] { channel::remove("n"); },
  };
  std::vector<support::child> all;
  for (auto const& act : acts) {
    all.emplace_back([&] {
      try_it(act);
      return 0;
    });
  }
  for (auto& one : all) {
    until([&] { return one.has_ended(); }, "an answer for who wants the name");
    BOOST_TEST(one.wait() == 0);
  }
}

void leave_dead(channel_options const& options) {
  support::child gone([&] {
    auto const ch = channel::create("n", options);
    ::raise(SIGKILL);
    return 1;
  });
  BOOST_TEST(gone.wait() == -SIGKILL);
}

void leave_half_removed() {
  support::child gone([] {
    sys::on_step = [](char const* name) noexcept {
      if (std::string_view(name) == "retired") ::raise(SIGKILL);
    };
    channel::remove("n");
    return 1;
  });
  BOOST_TEST(gone.wait() == -SIGKILL);
}

void play(name_scene const& s, blow const& b) {
  support::scratch_registry const scratch;
  support::scratch_directory const files("/dev/shm");
  channel_options options{.capacity = 4096};
  if (s.choose) s.choose(options, files);
  support::shared_cell<std::atomic<bool>> ready;
  std::optional<support::child> holder;
  if (s.there == found::a_living_one || s.there == found::half_a_removal) {
    holder = inside(options, *ready);
    until([&] { return ready->load() || holder->has_ended(); }, "somebody inside");
  }
  if (s.there == found::a_dead_one) leave_dead(options);
  if (s.there == found::half_a_removal) leave_half_removed();
  support::child victim([&] {
    arm(b);
    auto const act = [&] { s.act(options); };
    s.others_ask ? try_it(act) : s.there == found::half_a_removal ? act_on_what_may_go(act) : act();
    return 0;
  });
  auto const pid = victim.pid();
  until([&] { return victim.has_ended() || is_stopped(victim); }, "the victim ends");
  if (!victim.has_ended()) {
    // Another name is nobody's business; and who sweeps up leaves alone what is still wanted.
    channel::list();
    pass_a_message(channel::create("m", {.capacity = 4096}));
    channel::create("m", {.capacity = 4096});
    if (s.others_ask) ask_for_the_name(options);
    victim.go_on();
    until([&] { return victim.has_ended(); }, "the victim ends after it was stopped");
  }
  BOOST_TEST(victim.wait() == (was_hit() && b.signal == SIGKILL ? -SIGKILL : 0));
  for (auto const& l : channel::list()) BOOST_TEST((l.state != listing::state::damaged));
  // Who has only opened one that is its creator's cannot publish there.
  pass_a_message(options.creator_only ? channel::create("n", replace, options) : channel::open_or_create("n", options));
  try {
    channel::remove("n");
  } catch (error const& e) {
    BOOST_TEST(e.code() == errc::no_such_channel);
  }
  if (holder) {
    until([&] { return holder->has_ended(); }, "those inside learn it");
    BOOST_TEST(holder->wait() == 0);
  }
  pass_a_message(channel::create("n", options));
  if (!options.path.empty()) channel::remove("n");
  BOOST_TEST(channel::list().empty());
  BOOST_TEST(scratch.files() == 0U);
  BOOST_TEST(files.files() <= 1U);  // one that was to replace another may stay, beside it
  BOOST_TEST(support::system_v_segments_of({pid}) == 0U);
}

scene with_a_name(name_scene s) {
  auto const name = s.name;
  return {name, [s = std::move(s)](blow const& b) {
            try {
              play(s, b);
            } catch (std::exception const& e) {
              BOOST_ERROR(e.what());
            }
          }};
}

void create(channel_options const& o) { channel::create("n", o); }
void open(channel_options const&) { channel::open("n"); }
void replace_it(channel_options const& o) { channel::create("n", quoit::replace, o); }
void remove(channel_options const&) { channel::remove("n"); }
void open_or_create(channel_options const& o) { channel::open_or_create("n", o); }
void sync(channel_options const& o) {
  auto const ch = channel::create("n", o);
  auto pub = ch.publisher();
  pub.publish(support::bytes_of("x"));
  ch.sync();
}
void in_a_file(channel_options& o, support::scratch_directory const& files) { o.path = files.file("ring"); }
void in_segments(channel_options& o, support::scratch_directory const&) { o.backing = backing::sysv; }
void for_its_creator(channel_options& o, support::scratch_directory const&) { o.creator_only = true; }

}  // namespace

std::vector<scene> name_scenes() {
  std::vector<scene> all;
  for (auto const& s : {
           name_scene{"create", found::nothing, create},
           name_scene{"open", found::a_living_one, open},
           name_scene{"replace a living one", found::a_living_one, replace_it},
           name_scene{"remove a living one", found::a_living_one, remove},
           name_scene{"create in the place of a dead one", found::a_dead_one, create},
           name_scene{"replace a dead one", found::a_dead_one, replace_it},
           name_scene{"remove a dead one", found::a_dead_one, remove},
           name_scene{"finish a removal and create", found::half_a_removal, open_or_create},
           name_scene{"finish a removal", found::half_a_removal, remove},
           name_scene{"create a file", found::nothing, create, in_a_file},
           name_scene{"take up a file", found::a_dead_one, open_or_create, in_a_file},
           name_scene{"replace a file", found::a_living_one, replace_it, in_a_file},
           name_scene{"remove a file", found::a_living_one, remove, in_a_file},
           name_scene{"sync a file", found::nothing, sync, in_a_file},
           name_scene{"create System V segments", found::nothing, create, in_segments},
           name_scene{"create for its creator alone", found::nothing, create, for_its_creator},
           name_scene{"replace one of its creator alone", found::a_living_one, replace_it, for_its_creator},
       }) {
    all.push_back(with_a_name(s));
  }
  for (auto const& s : {
           name_scene{"create, and others ask", found::nothing, create, {}, true},
           name_scene{"open, and others ask", found::a_living_one, open, {}, true},
           name_scene{"replace a living one, and others ask", found::a_living_one, replace_it, {}, true},
           name_scene{"remove a living one, and others ask", found::a_living_one, remove, {}, true},
           name_scene{"create in the place of a dead one, and others ask", found::a_dead_one, create, {}, true},
           name_scene{"remove a dead one, and others ask", found::a_dead_one, remove, {}, true},
           name_scene{"finish a removal and create, and others ask", found::half_a_removal, open_or_create, {}, true},
       }) {
    all.push_back(with_a_name(s));
  }
  return all;
}

}  // namespace sweep

BOOST_AUTO_TEST_SUITE(names_test)

BOOST_AUTO_TEST_CASE(a_name_works_again_and_those_inside_learn_it) { sweep::sweep(sweep::name_scenes()); }

BOOST_AUTO_TEST_SUITE_END()
