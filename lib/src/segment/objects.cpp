// SPDX-License-Identifier: BSL-1.0
#include "segment/objects.hpp"

#include <sys/shm.h>

#include <fmt/format.h>

#include "mirror/memfd_object.hpp"
#include "segment/channel_file.hpp"
#include "system/fail.hpp"
#include "system/limits.hpp"

namespace quoit::segment {

namespace {

constexpr auto* doing = "use the channel's memory";

void require_size(std::uint64_t size, std::uint64_t expected, char const* which) {
  if (size == expected) return;
  fail(errc::damaged, {.doing = doing,
                       .expected = fmt::format("a {} of exactly {} bytes", which, expected),
                       .found = fmt::format("{} bytes", size)});
}

void require_descriptor(int fd, std::uint64_t size, char const* which) {
  struct stat st {};
  if (sys::fstat(fd, &st) != 0) fail_errno({.doing = "look at a descriptor (fstat)"});
  require_size(static_cast<std::uint64_t>(st.st_size), size, which);
}

void require_seals(int fd, int expected, char const* which) {
  int const seals = sys::get_seals(fd);
  if (seals >= 0 && (seals & expected) == expected) return;
  bool const more = expected != mirror::memfd_seals;
  fail(errc::damaged, {.doing = doing,
                       .expected = fmt::format("a {} sealed against a change of its size{}", which,
                                               more ? ", and against all writers but its creator" : ""),
                       .found = seals < 0 ? "an object without seals" : fmt::format("seals {:#x}", seals)});
}

void require_segment(int id, std::uint64_t size, char const* which) {
  struct shmid_ds ds {};
  if (sys::shm_stat(id, &ds) != 0) fail_errno({.doing = fmt::format("look at System V segment {}", id)});
  require_size(ds.shm_segsz, size, which);
}

}  // namespace

mirror::object objects::header_object() const noexcept {
  return is_system_v() ? mirror::object{segments.header, true} : mirror::object{header.get()};
}

mirror::object objects::data_object() const noexcept {
  if (is_system_v()) return {segments.data, true};
  return {data ? data.get() : header.get()};
}

objects make_memfds(rules const& r, std::string const& label, mode_t mode) {
  geometry const g(r);
  bool const huge = r.backing == backing_hugetlb;  // those come from a pool of their own
  sys::require_memory((huge ? 0 : g.capacity) + g.header_size, std::max(g.capacity, g.header_size),
                      2 * g.capacity + g.header_size);
  objects o;
  o.header =
      mirror::make_memfd("quoit-header:" + label, g.header_size, mirror::pages::normal, mirror::sealing::done, mode);
  o.data = mirror::make_memfd("quoit-data:" + label, g.capacity, huge ? mirror::pages::huge : mirror::pages::normal,
                              r.creator_only != 0 ? mirror::sealing::to_follow : mirror::sealing::done, mode);
  return o;
}

void require_sizes(objects const& o, rules const& r) {
  geometry const g(r);
  if (o.is_system_v()) {
    require_segment(o.segments.header, g.header_size, "header");
    require_segment(o.segments.data, g.capacity, "data object");
  } else if (r.backing == backing_file) {
    require_descriptor(o.header.get(), g.file_size, "file");
    // Who hands over two descriptors may hand over anything as the second one.
    if (o.data && sys::identify(o.data.get()) != sys::identify(o.header.get())) {
      fail(errc::damaged,
           {.doing = doing, .expected = "header and data in one file", .found = "another one for the data"});
    }
  } else {
    require_descriptor(o.header.get(), g.header_size, "header");
    require_seals(o.header.get(), mirror::memfd_seals, "header");
    require_descriptor(o.data.get(), g.capacity, "data object");
    require_seals(o.data.get(), r.creator_only != 0 ? mirror::creator_seals : mirror::memfd_seals, "data object");
  }
}

}  // namespace quoit::segment
