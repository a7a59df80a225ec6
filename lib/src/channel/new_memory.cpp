// SPDX-License-Identifier: BSL-1.0
#include "channel/new_memory.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "mirror/memfd_object.hpp"
#include "registry/janitor.hpp"
#include "registry/segment_intent.hpp"
#include "segment/channel_file.hpp"
#include "segment/superblock.hpp"
#include "system/fail.hpp"
#include "system/page.hpp"
#include "system/step.hpp"

namespace quoit::detail {

namespace {

segment::memory make_segments(segment::rules const& r, std::string_view name, mapping_options const& how) {
  auto const dir = registry::directory::open();
  registry::sweep(dir);
  segment::objects o;
  // What carries the locks: the file that becomes the registry's entry, or memory if there will be none.
  o.header = name.empty() ? mirror::make_memfd("quoit-locks", sys::page_size()) : registry::lock_carrier();
  registry::segment_intent const on_their_way(dir, r);
  o.segments = on_their_way.ids();
  return segment::memory::create(r, std::move(o), how, name);
}

segment::memory make_exactly(segment::rules const& r, std::string_view name, std::string const& path,
                             channel_options const& options) {
  auto const& how = options.mapping;
  auto const mode = static_cast<mode_t>(options.mode.value_or(mirror::own_mode));
  if (r.backing == segment::backing_file)
    return segment::memory::create(r, segment::make_file(r, path, mode), how, name);
  if (r.backing == segment::backing_sysv) return make_segments(r, name, how);
  auto const label = name.empty() ? "anonymous" : std::string(name);
  return segment::memory::create(r, segment::make_memfds(r, label, mode), how, name);
}

/// Whether a file's channel was told that it is not wanted any more, by one who was killed before he deleted it.
bool is_left_over(segment::objects file, registry::channel_side const& channels) {
  try {
    return segment::is_channel_file(file.header.get()) && channels.is_retired(std::move(file), nullptr);
  } catch (error const&) {
    return false;
  }
}

}  // namespace

segment::memory make_memory(segment::rules const& r, std::string_view name, std::string const& path,
                            channel_options const& options) {
  try {
    return make_exactly(r, name, path, options);
  } catch (error const&) {
    bool const replaceable = r.backing == segment::backing_hugetlb || r.backing == segment::backing_sysv;
    if (!options.or_memfd || !replaceable) throw;
  }
  auto ordinary = options;
  ordinary.backing = backing::memfd;
  return make_exactly(segment::make_rules(ordinary), name, path, ordinary);
}

file_name::file_name(int file, std::string path, registry::channel_side const& channels, registry::if_held what)
    : file_(file), path_(std::move(path)), channels_(&channels) {
  try {
    segment::link_file(file_, path_);
    linked_ = true;
    QUOIT_STEP(file_linked);
    return;
  } catch (error const& e) {
    if (e.code() != std::error_code(EEXIST, std::system_category())) throw;
  }
  old_ = segment::open_file(path_);
  bool const is_channel = old_ && segment::is_channel_file(old_.header.get());
  if (is_channel && (what == registry::if_held::replace || is_left_over(segment::open_file(path_), channels))) return;
  fail(errc::exists, {.path = path_,
                      .expected = "nothing at the path of the channel's file",
                      .found = is_channel ? "the file of a channel" : "a file that is no channel's",
                      .advice = is_channel ? "take it up with open_or_create, or replace it with quoit::replace"
                                           : "name another path"});
}

file_name::~file_name() {
  if (linked_) segment::unlink_file(file_, path_);
}

void file_name::keep() {
  if (!linked_) replace_old();
  linked_ = false;
}

void file_name::replace_old() {
  auto const aside = fmt::format("{}.{}", path_, segment::to_string(segment::uuid_of(file_)));
  segment::link_file(file_, aside);
  try {
    channels_->retire(std::move(old_), nullptr);
    if (sys::rename_at(AT_FDCWD, aside.c_str(), path_.c_str()) != 0) {
      fail_errno({.doing = "replace the channel's file", .path = path_});
    }
  } catch (error const&) {
    segment::unlink_file(file_, aside);
    throw;
  }
  QUOIT_STEP(file_replaced);
}

}  // namespace quoit::detail
