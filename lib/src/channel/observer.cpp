// SPDX-License-Identifier: BSL-1.0
#include "quoit/observer.hpp"

#include "channel/channel_facts.hpp"
#include "channel/observation.hpp"
#include "channel/within.hpp"
#include "registry/name.hpp"
#include "ring/level.hpp"
#include "ring/replay.hpp"
#include "ring/roll.hpp"
#include "segment/channel_file.hpp"
#include "system/fail.hpp"

namespace quoit {

using detail::nobody;
using detail::observation;
using detail::within;

namespace {

constexpr auto* looking = "look at channel";

observation const& require(std::shared_ptr<observation> const& o) {
  if (o == nullptr) fail(errc::detached, {.doing = looking, .advice = "open it first"});
  if (o->is_own()) return *o;
  fail(errc::forked, {.doing = looking,
                      .name = o->name(),
                      .expected = "the process that opened it",
                      .found = "a fork child of that process",
                      .advice = "open it again in the child"});
}

observation const& require(std::shared_ptr<observation> const& o, kind needed) {
  auto const& there = require(o);
  if (there.is_stream() == (needed == kind::stream)) return there;
  bool const stream = there.is_stream();
  fail(errc::mismatch, {.doing = looking,
                        .name = there.name(),
                        .expected = stream ? "a channel of messages" : "a stream",
                        .found = stream ? "a stream" : "a channel of messages",
                        .advice = stream ? "use copy_last()" : "use read() or read_last()"});
}

}  // namespace

char const* to_string(participant_state s) noexcept {
  switch (s) {
    case participant_state::joining: return "joining";
    case participant_state::live: return "live";
    case participant_state::evicted: return "evicted";
    case participant_state::dead: return "dead";
  }
  return "unknown";
}

observer observer::open(std::string_view name, mapping_options const& how, std::optional<std::uint32_t> owner) {
  return within(looking, name, [&] {
    registry::check_name(name);
    auto o = observation::find(name, how, owner);
    if (o == nullptr) nobody(name);
    return observer(std::move(o));
  });
}

observer observer::open_file(std::string const& path, mapping_options const& how) {
  return within(looking, {}, [&] {
    auto const whole = segment::absolute_path(path);
    auto o = observation::of_file({}, whole, how);
    if (o == nullptr) fail(errc::no_such_channel, {.path = whole, .found = "no file there"});
    return observer(std::move(o));
  });
}

observer observer::from_handles(handles const& h, mapping_options const& how) {
  return within("look at a channel by its descriptors", {}, [&] { return observer(observation::from(h, how)); });
}

channel_info observer::info() const {
  auto const& o = require(observation_);
  return detail::describe(o.memory(), o.name(), o.path());
}

channel_level observer::level() const noexcept {
  if (observation_ != nullptr && observation_->is_own()) return ring::level_of(observation_->shared());
  channel_level none{};
  if (observation_ != nullptr) none.status = status::forked;
  return none;
}

channel_sample observer::sample() const {
  auto const& o = require(observation_);
  channel_sample s{ring::level_of(o.shared()), {}, {}, 0, 0, {}};
  ring::call_roll(o.shared(), s);
  return s;
}

observed_reading observer::read_with(std::uint64_t from, std::size_t most, void (*call)(void*, observed_record const&),
                                     void* context) const {
  auto const& o = require(observation_, kind::messages);
  auto const l = ring::level_of(o.shared());
  observed_reading done{l.status, from, 0, 0};
  if (l.status != status::ok) return done;
  if (from == 0) from = l.floor;
  ring::replay replay(o.shared(), o.data(), from, l.head);
  std::vector<std::byte> copy;
  observed_record record;
  while (done.count < most || !replay.is_at_start()) {
    auto const s = replay.next(record, copy);
    if (s == status::lost) {
      done.lost += replay.lost();
      continue;
    }
    if (s == status::corrupt) done.status = s;
    if (s != status::ok) break;
    ++done.count;
    call(context, record);
  }
  done.next = replay.sequence();
  return done;
}

std::uint64_t observer::copy_last(std::size_t most, std::vector<std::byte>& into) const {
  auto const& o = require(observation_, kind::stream);
  return ring::copy_last(o.shared(), o.data(), most, into);
}

}  // namespace quoit
