// SPDX-License-Identifier: BSL-1.0
#include "channel/attachment.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "channel/channel_facts.hpp"
#include "channel/new_memory.hpp"
#include "ring/introduction.hpp"
#include "ring/place.hpp"
#include "ring/sync_point.hpp"
#include "segment/channel_file.hpp"
#include "segment/superblock.hpp"
#include "system/barrier.hpp"
#include "system/fail.hpp"
#include "system/fence.hpp"
#include "system/fork_mark.hpp"
#include "system/step.hpp"
#include "wait/futex_word.hpp"

namespace quoit::detail {

namespace {

constexpr int most_rounds = 1000;

segment::hot& words_of(segment::memory const& m) { return reinterpret_cast<segment::hot&>(*m.control()); }

class channels_memory final : public registry::channel_side {
 public:
  void retire(segment::objects objects, registry::description const* what) const override {
    auto const memory = segment::memory::attach(std::move(objects));
    if (what != nullptr) registry::require_meant(*what, memory.super());
    auto& words = words_of(memory);
    words.retired.word.store(1, std::memory_order_release);  // SYNC: retire -> retired
    QUOIT_STEP(retired);
    wait::wake_unasked(words.data.word);
    wait::wake_unasked(words.space.word);
  }
  bool is_retired(segment::objects objects, registry::description const* what) const override {
    auto const memory = segment::memory::attach(std::move(objects));
    if (what != nullptr) registry::require_meant(*what, memory.super());
    return words_of(memory).retired.word.load(std::memory_order_acquire) != 0;  // SYNC: retire -> retired
  }
};

wait::wakers wakers_of(segment::rules const& r) noexcept {
  return r.barrier == segment::barrier_fence ? wait::wakers::fence : wait::wakers::are_fenced;
}

/// Whether this process must fence by itself before it looks for sleepers: by the rule of the channel, or because it
/// cannot be fenced by others.
bool must_fence(segment::rules const& r) noexcept {
  return r.barrier == segment::barrier_fence || !sys::join_barrier();
}

[[noreturn]] void mismatch(segment::difference const& d, std::string const& path) {
  fail(errc::mismatch, {.path = path,
                        .expected = d.expected,
                        .found = d.found,
                        .advice = "ask for what is there, or create it anew with quoit::replace"});
}

/// A registry file, or a channel's own one, lets in whom its creator said, and no other one can change that.
void require_mode(int file, channel_options const& expected, std::string const& path) {
  struct stat st {};
  if (!expected.mode) return;
  if (sys::fstat(file, &st) != 0) fail_errno({.path = path});
  if ((st.st_mode & 0777U & ~*expected.mode) == 0) return;
  mismatch({fmt::format("mode {:04o}, or less", *expected.mode), fmt::format("mode {:04o}", st.st_mode & 0777U)}, path);
}

[[noreturn]] void another_name(segment::memory const& m, std::string_view name, std::string const& path, errc code) {
  bool const is_used = code == errc::mismatch;
  fail(code, {.path = path,
              .expected = fmt::format("the file of the channel {}{}", name, is_used ? ", or one that nobody uses" : ""),
              .found = "that of the channel " + printable(segment::name_of(m.super())),
              .advice = is_used ? "open it by its name, or let its users leave first"
                                : "name its path, to have it under this name; or remove this name"});
}

}  // namespace

std::shared_ptr<attachment> attachment::create(std::string_view name, channel_options const& options,
                                               registry::if_held what) {
  auto const rules = segment::make_rules(options);
  auto const path = rules.backing == segment::backing_file ? segment::absolute_path(options.path) : std::string();
  channels_memory const channels;
  if (!name.empty() && what == registry::if_held::refuse) registry::require_free(name, channels, options.owner);
  auto a = std::make_shared<attachment>(make_memory(rules, name, path, options), std::string(name), path);
  std::optional<file_name> file;
  if (!path.empty()) file.emplace(a->memory_.header_fd(), path, channels, what);
  if (!name.empty()) a->holding_.emplace(registry::publish(name, a->memory_, path, channels, what, options.owner));
  if (file) file->keep();
  return a;
}

std::shared_ptr<attachment> attachment::from(handles const& h, channel_options const& expected) {
  auto const copy = [](int fd) {
    sys::descriptor own(sys::duplicate(fd));
    if (!own) fail_errno({.doing = "copy a descriptor that was handed over", .found = std::to_string(fd)});
    return own;
  };
  segment::objects o;
  o.header = copy(h.header);
  o.data = copy(h.data);
  auto memory = segment::memory::attach(std::move(o), expected.mapping);
  if (auto const d = segment::differs(memory.super().rules, expected)) mismatch(*d, {});
  if (memory.is_file() && memory.super().boot != segment::boot_id()) {
    fail(errc::damaged, {.expected = "a file that is in use since this boot of the machine",
                         .found = "one of an earlier boot",
                         .advice = "open it by its path, which mends it"});
  }
  return std::make_shared<attachment>(std::move(memory), std::string(), std::string());
}

bool attachment::remove(std::string_view name, registry::if_held what) {
  return registry::remove(name, channels_memory(), what);
}

std::shared_ptr<attachment> attachment::find(std::string_view name, channel_options const& expected) {
  if (auto a = find_held(name, expected)) return a;
  if (!expected.path.empty()) return take_up(name, segment::absolute_path(expected.path), expected, naming::as_asked);
  auto const path = registry::dormant_file(name, mirror::access::read_write, expected.owner);
  return path.empty() ? nullptr : take_up(name, path, expected, naming::as_it_is);
}

std::shared_ptr<attachment> attachment::find_held(std::string_view name, channel_options const& expected) {
  for (int round = 0; round < most_rounds; ++round) {
    auto found = registry::find(name, mirror::access::read_write, expected.owner);
    if (!found) return nullptr;
    auto const what = found->what;
    std::string const path(what.path.data());
    if (auto const d = segment::differs(what.rules, expected)) mismatch(*d, found->file.path());
    require_mode(found->file.fd(), expected, found->file.path());
    if (!expected.path.empty() && segment::absolute_path(expected.path) != path) {
      mismatch({"a file at " + printable(expected.path), "a file at " + printable(path)}, found->file.path());
    }
    auto memory = segment::memory::attach(std::move(found->objects), expected.mapping);
    registry::require_meant(what, memory.super());
    QUOIT_STEP(attached);
    auto a = std::make_shared<attachment>(std::move(memory), std::string(name), path);
    if (!a->is_as_found()) continue;
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

std::shared_ptr<attachment> attachment::take_up(std::string_view name, std::string const& path,
                                                channel_options const& expected, naming n) {
  for (int round = 0; round < most_rounds; ++round) {
    auto objects = segment::open_file(path, mirror::access::read_write, expected.owner);
    if (!objects) return nullptr;
    require_mode(objects.header.get(), expected, path);
    auto memory = segment::memory::attach(std::move(objects), expected.mapping);
    if (auto const d = segment::differs(memory.super().rules, expected)) mismatch(*d, path);
    if (segment::name_of(memory.super()) != name) {
      if (n == naming::as_it_is) another_name(memory, name, path, errc::damaged);
      rename(memory, name, path);
      continue;
    }
    auto a = std::make_shared<attachment>(std::move(memory), std::string(name), path);
    auto const file = a->memory_.header_fd();
    if (!a->memory_.is_as_found() || !segment::has_a_name(file)) continue;  // before we used it
    if (a->memory_.super().boot != segment::boot_id()) {
      // Nobody uses it: whoever did has gone with that boot, and nobody does before the boot is written.
      auto const lock = segment::lock_file(file, segment::file_work::take_up);
      if (!a->memory_.is_as_found()) continue;  // another one has just mended it
      ring::restore(a->ring_, file);
      a->memory_.take_up();
      segment::flush(file);
      QUOIT_STEP(taken_up);
    }
    if (a->retired()) {  // one who removed or replaced it was killed before he saw to its file
      segment::unlink_file(file, path);
      continue;
    }
    a->holding_.emplace(
        registry::publish(name, a->memory_, path, channels_memory(), registry::if_held::refuse, expected.owner));
    return a;
  }
  fail(errc::busy, {.path = path, .found = "a file that changes again and again"});
}

void attachment::rename(segment::memory& m, std::string_view name, std::string const& path) {
  auto const alone = segment::lock_unused(m.header_fd());
  if (!alone) another_name(m, name, path, errc::mismatch);
  if (!m.is_as_found()) return;
  m.rename(name);
  if (segment::is_on_disk(m.header_fd())) segment::flush(m.header_fd());
  QUOIT_STEP(file_renamed);
}

attachment::attachment(segment::memory memory, std::string name, std::string path)
    : mark_(sys::own_mark()),
      name_(std::move(name)),
      path_(std::move(path)),
      memory_(std::move(memory)),
      use_(memory_.is_file() ? segment::use_file(memory_.header_fd()) : sys::byte_lock()),
      data_(memory_.geometry().has_many_publishers() ? memory_.map_data(mirror::access::read_only) : nullptr),
      ring_(memory_.geometry(), memory_.super().key, memory_.control(), memory_.header_fd(), memory_.lock_file(),
            {.data = data_ ? data_->base() : nullptr,
             .lost = &memory_.is_lost(),
             .wakers = wakers_of(memory_.super().rules),
             .fences = must_fence(memory_.super().rules)}) {}

attachment::~attachment() {
  if (!holding_ || !sys::is_own(mark_) || !holding_->let_go() || !memory_.is_file()) return;
  try {
    if (!retired() && segment::is_on_disk(memory_.header_fd())) ring::write_sync_point(ring_, memory_.header_fd());
  } catch (...) {
    // What the last sync point covers stays covered.
  }
}

handles attachment::native_handles() const {
  if (memory_.super().rules.backing != segment::backing_sysv) return {memory_.header_fd(), memory_.data_fd()};
  fail(errc::mismatch, {.doing = "hand over the channel",
                        .name = name_,
                        .expected = "a backing that is reached by descriptors",
                        .found = "sysv",
                        .advice = "open it by its name, or choose another backing"});
}

void attachment::note_publisher() const {
  if (memory_.is_file() && segment::is_on_disk(memory_.header_fd())) ring::note_publisher(ring_, memory_.header_fd());
}

void attachment::sync() const {
  if (memory_.is_file()) ring::write_sync_point(ring_, memory_.header_fd());
}

bool attachment::retired() const noexcept {
  return ring_.words().retired.word.load(std::memory_order_acquire) != 0;  // SYNC: retire -> retired
}

channel_info attachment::info() const { return describe(memory_, name_, path_); }

std::vector<participant_info> attachment::participants(bool subscribers_only) const {
  std::vector<participant_info> all;
  auto const used = std::min(ring_.words().places.word.load(std::memory_order_acquire), ring_.geometry().slots);
  if (!subscribers_only) ring::recover_publishers(ring_);
  ring::budget b(ring_);
  for (std::uint32_t i = subscribers_only ? ring_.geometry().publishers : 0; i < used; ++i) {
    if (auto p = living(i, b)) all.push_back(std::move(*p));
  }
  return all;
}

std::optional<participant_info> attachment::living(std::uint32_t index, ring::budget& b) const {
  auto const& s = ring_.place(index);
  auto const identity = s.identity.load(std::memory_order_acquire);
  auto const id = segment::unpack_identity(identity);
  if (id.state != segment::place_state::live) return {};
  bool const is_publishers = index < ring_.geometry().publishers;
  if (is_publishers ? ring::is_dead(ring_, index, id.generation)
                    : ring::recover_place(ring_, index, b) == ring::recovery::freed)
    return {};
  constexpr auto relaxed = std::memory_order_relaxed;
  participant_info p{};
  bool const publishes = id.role == segment::place_role::publisher;
  auto const next = ring_.words().next.word.load(relaxed);
  p.role = publishes ? participant_info::role::publisher : participant_info::role::subscriber;
  p.delivery = id.role == segment::place_role::lossy ? delivery::lossy : delivery::reliable;
  p.slot = index;
  p.generation = id.generation;
  p.position = publishes ? next : s.cursor.load(relaxed);
  p.lag = publishes || next < p.position ? 0 : next - p.position;
  ring::read_introduction(s, p);
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
