// SPDX-License-Identifier: BSL-1.0
#include "segment/memory.hpp"

#include <cstring>
#include <new>

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#include <fmt/format.h>

#include "mirror/memfd_object.hpp"
#include "segment/channel_file.hpp"
#include "segment/superblock.hpp"
#include "segment/words.hpp"
#include "system/fail.hpp"
#include "system/fence.hpp"
#include "system/limits.hpp"
#include "system/page.hpp"

namespace quoit::segment {

namespace {

constexpr std::uint64_t largest_dump = std::uint64_t{1} << 20U;

mirror::region map(mirror::object what, mirror::access mode, mirror::region::placement const& where) {
  sys::no_fork const guard;
  mirror::region mapped(what, mode, where);
  mapped.keep_from_children();
  return mapped;
}

void write_superblock(int fd, superblock const& s) {
  auto const n = sys::pwrite(fd, &s, sizeof s, 0);
  if (n != static_cast<ssize_t>(sizeof s)) fail_errno(n < 0 ? errno : EIO, {.doing = "write the superblock"});
}

superblock read_superblock(objects const& o) {
  superblock copy{};
  auto n = static_cast<ssize_t>(sizeof copy);
  if (o.is_system_v()) {
    struct shmid_ds ds {};
    if (sys::shm_stat(o.segments.header, &ds) != 0 || ds.shm_segsz < sizeof copy) {
      fail(errc::damaged, {.doing = "use the channel's memory",
                           .expected = fmt::format("a System V segment with a superblock (id {})", o.segments.header),
                           .found = "none, or a smaller one"});
    }
    auto const whole = map({o.segments.header, true}, mirror::access::read_only, {.size = ds.shm_segsz});
    std::memcpy(&copy, whole.base(), sizeof copy);
  } else {
    n = sys::pread(o.header.get(), &copy, sizeof copy, 0);
  }
  if (n < 0) fail_errno({.doing = "read the superblock"});
  if (n != static_cast<ssize_t>(sizeof copy)) {
    fail(errc::damaged, {.doing = "use the channel's memory",
                         .expected = fmt::format("a superblock of {} bytes", sizeof copy),
                         .found = fmt::format("{} bytes", n)});
  }
  verify(copy);
  bool const system_v = copy.rules.backing == backing_sysv;
  if (system_v != o.is_system_v()) {
    fail(errc::damaged, {.doing = "use the channel's memory",
                         .expected = system_v ? "System V segments" : "descriptors",
                         .found = "something else"});
  }
  return copy;
}

/// The size of the system's huge pages that it is made of, or 0. What it is counts here, whatever its rules say.
std::size_t huge_page_of(mirror::object o) {
  struct statfs fs {};
  bool const huge = !o.is_system_v && sys::fstatfs(o.number, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC;
  return huge ? static_cast<std::size_t>(fs.f_bsize) : 0;
}

std::optional<sys::unshared_descriptor> optional(sys::descriptor fd) {
  if (!fd) return {};
  return std::optional<sys::unshared_descriptor>(std::in_place, std::move(fd));
}

}  // namespace

memory memory::create(rules const& r, objects fresh, mapping_options const& how, std::string_view name) {
  auto const super = make_superblock(r, segment::geometry(r).header_size, name);
  if (fresh.is_system_v()) {
    auto const whole = map({fresh.segments.header, true}, mirror::access::read_write,
                           {.size = static_cast<std::size_t>(super.header_size)});
    std::memcpy(whole.base(), &super, sizeof super);
  } else {
    write_superblock(fresh.header.get(), super);
  }
  memory m(std::move(fresh), super, how, mirror::access::read_write);
  if (r.creator_only != 0) m.seal_data();
  // All other words begin as zeros, which is what they mean: free, nothing, never.
  auto const& g = m.geometry();
  auto* const words = new (m.control()) hot;
  if (g.is_stream()) return m;
  words->next.word.store(1);
  words->floor.word.store(1);
  auto* const zeroth = reinterpret_cast<descriptor*>(m.control() + g.descriptors_at);
  zeroth->a.store(resolved_before_all);
  zeroth->b.store(g.alignment - prefix_bytes);  // so that every payload, 16 bytes on, is aligned
  return m;
}

memory memory::attach(objects o, mapping_options const& how, mirror::access mode) {
  auto const copy = read_superblock(o);
  require_sizes(o, copy.rules);
  sys::require_memory(0, 0, segment::geometry(copy.rules).header_size);
  return {std::move(o), copy, how, mode};
}

memory memory::attach(sys::descriptor header, sys::descriptor data) {
  objects o;
  o.header = std::move(header);
  o.data = std::move(data);
  return attach(std::move(o));
}

memory::memory(objects o, superblock const& copy, mapping_options const& how, mirror::access mode)
    : lost_(std::make_shared<std::atomic<bool>>(false)),
      header_(std::move(o.header)),
      data_(optional(std::move(o.data))),
      segments_(o.segments),
      how_(how),
      mode_(mode),
      super_(copy),
      geometry_(copy.rules),
      superblock_(segments_.header >= 0
                      ? std::nullopt
                      : std::optional(map({header_.get()}, mirror::access::read_only, {.size = sys::page_size()}))),
      control_(segments_.header >= 0
                   ? map({segments_.header, true}, mode, {.size = geometry_.header_size})
                   : map({header_.get()}, mode, {.offset = geometry_.hot_at, .size = geometry_.control_size})),
      mappings_(std::make_unique<mappings>()) {
  if (segments_.header >= 0) {
    data_kept_.emplace(map({segments_.data, true}, mirror::access::read_only, {.size = geometry_.capacity}));
    data_kept_->keep_from_core_dumps();
    // Segments are attached whole: the superblock is in it.
    if (mode_ == mirror::access::read_write) control_.protect_front(sys::page_size());
  }
  // The descriptors of a large ring are as bad as its data: a lock is held until the core dump is written.
  if (geometry_.control_size > largest_dump) control_.keep_from_core_dumps();
  if (is_file() && how_.survive_truncation)
    guard_ = mirror::bus_guard(control_.base(), control_.size(), sys::page_size(), lost_);
}

sys::file_id memory::header_id() const noexcept {
  return segments_.header < 0 ? header_.id() : sys::file_id{0, static_cast<std::uint64_t>(segments_.header)};
}

sys::file_id memory::data_id() const noexcept {
  if (segments_.header >= 0) return {0, static_cast<std::uint64_t>(segments_.data)};
  return data_ ? data_->id() : header_.id();
}

mirror::object memory::data_object() const noexcept {
  return segments_.header >= 0 ? mirror::object{segments_.data, true} : mirror::object{data_fd()};
}

void memory::require_same_file() const {
  if (segments_.header >= 0 || sys::is_file(data_fd(), data_id())) return;
  fail(errc::detached, {.doing = "map the channel's data",
                        .found = "another file: somebody has closed the library's descriptors",
                        .advice = "open the channel after closing descriptors (closefrom), not before"});
}

std::shared_ptr<mirror::mirrored> memory::map_data(mirror::access mode) {
#ifdef QUOIT_TSAN
  // ThreadSanitizer knows addresses, not pages: only on one mapping can it see that two threads meet.
  if (may_write_data()) mode = mirror::access::read_write;
#endif
  if (mode_ == mirror::access::read_only) mode = mirror::access::read_only;
  std::lock_guard const lock(mappings_->mutex);
  auto& cached = mode == mirror::access::read_only ? mappings_->read_only : mappings_->read_write;
  auto mapped = cached.lock();
  if (mapped == nullptr) cached = mapped = map_anew(mode);
  return mapped;
}

std::shared_ptr<mirror::mirrored> memory::map_anew(mirror::access mode) const {
  require_same_file();
  sys::require_memory(0, 0, 2 * geometry_.capacity);
  auto mapped = std::make_shared<mirror::mirrored>(data_object(), mode, geometry_.capacity, geometry_.data_at);
  mapped->prepare(how_, mode);
  if (how_.survive_truncation) {
    auto const huge = huge_page_of(data_object());
    if (is_file() || huge != 0) mapped->guard(huge != 0 ? huge : sys::page_size(), lost_);
  }
  return mapped;
}

void memory::seal_data() {
  creators_ = map_anew(mirror::access::read_write);
  mappings_->read_write = creators_;
  mirror::seal_for_creator(data_fd());
}

bool memory::is_as_found() const {
  superblock now{};
  return sys::pread(header_.get(), &now, sizeof now, 0) == static_cast<ssize_t>(sizeof now) &&
         now.boot == super_.boot && now.name == super_.name;
}

void memory::take_up() {
  super_.boot = boot_id();
  seal(super_);
  write_superblock(header_.get(), super_);
}

void memory::rename(std::string_view name) {
  set_name(super_, name);
  write_superblock(header_.get(), super_);
}

}  // namespace quoit::segment
