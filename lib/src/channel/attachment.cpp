// SPDX-License-Identifier: BSL-1.0
#include "channel/attachment.hpp"

#include <algorithm>

#include "ring/place.hpp"
#include "segment/superblock.hpp"
#include "system/fail.hpp"
#include "system/fork_mark.hpp"
#include "system/step.hpp"
#include "wait/futex_word.hpp"

namespace quoit::detail {

namespace {

constexpr int most_rounds = 1000;

segment::hot& words_of(segment::memory const& m) { return reinterpret_cast<segment::hot&>(*m.control()); }

class channels_memory final : public registry::channel_side {
 public:
  void retire(registry::reached objects) const override {
    auto const memory = segment::memory::attach(std::move(objects.header), std::move(objects.data));
    auto& words = words_of(memory);
    words.retired.word.store(1, std::memory_order_release);  // SYNC: retire -> retired
    QUOIT_STEP(retired);
    wait::wake_unasked(words.data.word);
    wait::wake_unasked(words.space.word);
  }
  bool is_retired(registry::reached objects) const override {
    auto const memory = segment::memory::attach(std::move(objects.header), std::move(objects.data));
    return words_of(memory).retired.word.load(std::memory_order_acquire) != 0;  // SYNC: retire -> retired
  }
};

}  // namespace

namespace {

segment::memory create_memory(segment::rules const& r, std::string const& label, channel_options const& options) {
  try {
    return segment::memory::create(r, label);
  } catch (error const&) {
    if (!options.or_memfd || r.backing == segment::backing_memfd) throw;
  }
  auto ordinary = options;
  ordinary.backing = backing::memfd;
  return segment::memory::create(segment::make_rules(ordinary), label);
}

}  // namespace

std::shared_ptr<attachment> attachment::create(std::string_view name, channel_options const& options,
                                               registry::if_held what) {
  auto const rules = segment::make_rules(options);
  channels_memory const channels;
  if (!name.empty() && what == registry::if_held::refuse) registry::require_free(name, channels);
  auto memory = create_memory(rules, name.empty() ? "anonymous" : std::string(name), options);
  auto a = std::make_shared<attachment>(std::move(memory), std::string(name));
  if (!name.empty()) a->holding_.emplace(registry::publish(name, a->memory_, channels, what));
  return a;
}

std::shared_ptr<attachment> attachment::from(handles const& h, channel_options const& expected) {
  auto const copy = [](int fd) {
    sys::descriptor own(sys::duplicate(fd));
    if (!own) fail_errno({.doing = "copy a descriptor that was handed over", .found = std::to_string(fd)});
    return own;
  };
  auto memory = segment::memory::attach(copy(h.header), copy(h.data));
  if (auto const d = segment::differs(memory.super().rules, expected)) {
    fail(errc::mismatch, {.expected = d->expected, .found = d->found, .advice = "ask for what is there"});
  }
  return std::make_shared<attachment>(std::move(memory), std::string());
}

bool attachment::remove(std::string_view name) { return registry::remove(name, channels_memory()); }

std::shared_ptr<attachment> attachment::find(std::string_view name, channel_options const& expected) {
  for (int round = 0; round < most_rounds; ++round) {
    auto found = registry::find(name);
    if (!found) return nullptr;
    if (auto const d = segment::differs(found->what.rules, expected)) {
      fail(errc::mismatch, {.path = found->file.path(),
                            .expected = d->expected,
                            .found = d->found,
                            .advice = "ask for what is there, or create it anew with quoit::replace"});
    }
    auto const what = found->what;
    auto memory = segment::memory::attach(std::move(found->objects.header), std::move(found->objects.data));
    if (memory.super().uuid != what.uuid) {
      fail(errc::damaged, {.path = found->file.path(),
                           .expected = "uuid " + segment::to_string(what.uuid),
                           .found = "uuid " + segment::to_string(memory.super().uuid)});
    }
    QUOIT_STEP(attached);
    auto a = std::make_shared<attachment>(std::move(memory), std::string(name));
    if (a->retired()) {
      registry::finish_removal(*found);
      continue;
    }
    if (auto held = registry::hold(*found, a->memory_)) {
      a->holding_.emplace(std::move(*held));
      return a;
    }
  }
  fail(errc::busy, {.found = "a name that changes again and again"});
}

attachment::attachment(segment::memory memory, std::string name)
    : mark_(sys::own_mark()),
      name_(std::move(name)),
      memory_(std::move(memory)),
      ring_(memory_.geometry(), memory_.super().key, memory_.control(), memory_.header_fd(), memory_.header_id()) {}

bool attachment::retired() const noexcept {
  return ring_.words().retired.word.load(std::memory_order_acquire) != 0;  // SYNC: retire -> retired
}

channel_info attachment::info() const {
  auto const& g = memory_.geometry();
  auto const& s = memory_.super();
  channel_info i{};
  i.name = name_;
  i.kind = static_cast<kind>(s.rules.kind);
  i.backing = static_cast<backing>(s.rules.backing);
  i.type = segment::type_of(s.rules);
  i.capacity = g.capacity;
  i.records = g.records;
  i.max_payload = g.max_payload;
  i.slots = s.rules.slots;
  i.max_reliable = g.max_reliable;
  i.alignment = s.rules.alignment;
  i.timestamps = s.rules.timestamps != 0;
  i.header_bytes = g.header_size;
  i.created = s.created_realtime;
  i.uuid = segment::to_string(s.uuid);
  return i;
}

std::vector<participant_info> attachment::participants(bool subscribers_only) const {
  std::vector<participant_info> all;
  auto const used = std::min(ring_.words().places.word.load(std::memory_order_acquire), ring_.geometry().slots);
  for (std::uint32_t i = subscribers_only ? 1 : 0; i < used; ++i) {
    if (auto p = living(i)) all.push_back(std::move(*p));
  }
  return all;
}

std::optional<participant_info> attachment::living(std::uint32_t index) const {
  auto const& s = ring_.place(index);
  auto const identity = s.identity.load(std::memory_order_acquire);
  auto const id = segment::unpack_identity(identity);
  if (id.state != segment::place_state::live) return {};
  if (ring::recover_place(ring_, index) == ring::recovery::freed) return {};
  constexpr auto relaxed = std::memory_order_relaxed;
  participant_info p{};
  bool const publishes = id.role == segment::place_role::publisher;
  auto const next = ring_.words().next.word.load(relaxed);
  p.role = publishes ? participant_info::role::publisher : participant_info::role::reliable;
  p.slot = index;
  p.pid = static_cast<pid_t>(s.pid.load(relaxed));
  p.label = ring::label_of(s);
  p.position = publishes ? next : s.cursor.load(relaxed);
  p.lag = publishes || next < p.position ? 0 : next - p.position;
  p.messages = s.messages.load(relaxed);
  p.bytes = s.bytes.load(relaxed);
  p.sleeps = s.sleeps.load(relaxed);
  p.overslept = s.overslept.load(relaxed);
  p.recovered = s.recovered.load(relaxed);
  if (s.identity.load(std::memory_order_acquire) != identity) return {};
  return p;
}

void attachment::require_own() const {
  if (sys::is_own(mark_)) return;
  fail(errc::forked, {.doing = "use the channel",
                      .name = name_,
                      .expected = "the process that opened it",
                      .found = "a fork child of that process",
                      .advice = "open the channel again in the child"});
}

}  // namespace quoit::detail
