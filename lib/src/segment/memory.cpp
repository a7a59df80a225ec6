// SPDX-License-Identifier: BSL-1.0
#include "segment/memory.hpp"

#include <cstring>
#include <new>

#include <sys/mman.h>

#include <fmt/format.h>

#include "mirror/memfd_object.hpp"
#include "segment/superblock.hpp"
#include "segment/words.hpp"
#include "system/fail.hpp"
#include "system/fence.hpp"
#include "system/limits.hpp"
#include "system/page.hpp"

namespace quoit::segment {

namespace {

constexpr std::uint64_t largest_dump = std::uint64_t{1} << 20U;

void write_whole(int fd, void const* data, std::size_t size) {
  auto const n = sys::pwrite(fd, data, size, 0);
  if (n != static_cast<ssize_t>(size)) {
    fail_errno(n < 0 ? errno : EIO, {.doing = "write the superblock"});
  }
}

struct stat status_of(int fd) {
  struct stat st {};
  if (sys::fstat(fd, &st) != 0) fail_errno({.doing = "look at a descriptor (fstat)"});
  return st;
}

void require_object(int fd, std::uint64_t size, char const* which) {
  auto const st = status_of(fd);
  constexpr auto* doing = "use the channel's memory";
  if (static_cast<std::uint64_t>(st.st_size) != size) {
    fail(errc::damaged, {.doing = doing,
                         .expected = fmt::format("a {} of exactly {} bytes", which, size),
                         .found = fmt::format("{} bytes", st.st_size)});
  }
  int const seals = sys::get_seals(fd);
  if (seals < 0 || (seals & mirror::memfd_seals) != mirror::memfd_seals) {
    fail(errc::damaged, {.doing = doing,
                         .expected = fmt::format("a {} sealed against a change of its size", which),
                         .found = seals < 0 ? "an object without seals" : fmt::format("seals {:#x}", seals)});
  }
}

mirror::region map(int fd, mirror::access mode, mirror::region::placement const& where) {
  sys::no_fork const guard;
  mirror::region mapped({fd}, mode, where);
  mapped.keep_from_children();
  return mapped;
}

superblock read_superblock(int fd) {
  superblock copy{};
  auto const n = sys::pread(fd, &copy, sizeof copy, 0);
  if (n < 0) fail_errno({.doing = "read the superblock"});
  if (n != static_cast<ssize_t>(sizeof copy)) {
    fail(errc::damaged, {.doing = "use the channel's memory",
                         .expected = fmt::format("a superblock of {} bytes", sizeof copy),
                         .found = fmt::format("{} bytes", n)});
  }
  verify(copy);
  return copy;
}

}  // namespace

memory memory::create(rules const& r, std::string const& label) {
  segment::geometry const g(r);
  bool const huge = r.backing == backing_hugetlb;  // those come from a pool of their own
  sys::require_memory((huge ? 0 : g.capacity) + g.header_size, std::max(g.capacity, g.header_size),
                      2 * g.capacity + g.header_size);
  auto header = mirror::make_memfd("quoit-header:" + label, g.header_size);
  auto data = mirror::make_memfd("quoit-data:" + label, g.capacity, huge ? mirror::pages::huge : mirror::pages::normal);
  auto const super = make_superblock(r, g.header_size);
  write_whole(header.get(), &super, sizeof super);
  memory m(std::move(header), std::move(data), super);
  // All other words begin as zeros, which is what they mean: free, nothing, never.
  auto* const words = new (m.control()) hot;
  if (g.is_stream()) return m;
  words->next.word.store(1);
  words->floor.word.store(1);
  auto* const zeroth = reinterpret_cast<descriptor*>(m.control() + g.descriptors_at);
  zeroth->a.store(resolved_before_all);
  zeroth->b.store(g.alignment - prefix_bytes);  // so that every payload, 16 bytes on, is aligned
  return m;
}

memory memory::attach(sys::descriptor header, sys::descriptor data) {
  auto const copy = read_superblock(header.get());
  segment::geometry const g(copy.rules);
  require_object(header.get(), g.header_size, "header");
  require_object(data.get(), g.capacity, "data object");
  sys::require_memory(0, 0, g.header_size);
  return {std::move(header), std::move(data), copy};
}

memory::memory(sys::descriptor header, sys::descriptor data, superblock const& copy)
    : header_(std::move(header)),
      data_(std::move(data)),
      super_(copy),
      geometry_(copy.rules),
      superblock_(map(header_.get(), mirror::access::read_only, {.size = sys::page_size()})),
      control_(
          map(header_.get(), mirror::access::read_write, {.offset = geometry_.hot_at, .size = geometry_.control_size})),
      mappings_(std::make_unique<mappings>()) {
  // The descriptors of a large ring are as bad as its data: a lock is held until the core dump is written.
  if (geometry_.control_size > largest_dump) control_.keep_from_core_dumps();
}

std::shared_ptr<mirror::mirrored> memory::map_data(mirror::access mode) {
#ifdef QUOIT_TSAN
  // ThreadSanitizer knows addresses, not pages: only on one mapping can it see that two threads meet.
  mode = mirror::access::read_write;
#endif
  std::lock_guard const lock(mappings_->mutex);
  auto& cached = mode == mirror::access::read_only ? mappings_->read_only : mappings_->read_write;
  auto mapped = cached.lock();
  if (mapped == nullptr) {
    if (!sys::is_file(data_.get(), data_.id())) {
      fail(errc::detached, {.doing = "map the channel's data",
                            .found = "another file: somebody has closed the library's descriptors",
                            .advice = "open the channel after closing descriptors (closefrom), not before"});
    }
    sys::require_memory(0, 0, 2 * geometry_.capacity);
    mapped = std::make_shared<mirror::mirrored>(mirror::object{data_.get()}, mode, geometry_.capacity);
    cached = mapped;
  }
  return mapped;
}

}  // namespace quoit::segment
