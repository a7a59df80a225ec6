// SPDX-License-Identifier: BSL-1.0
#include "mirror/region.hpp"

#include <utility>

#include <sys/mman.h>

#include <fmt/format.h>
#include <boost/interprocess/exceptions.hpp>

#include "system/calls.hpp"
#include "system/fail.hpp"

namespace quoit::mirror {

namespace {

namespace ipc = boost::interprocess;

/// What Boost's mapped_region takes for an object.
class mappable {
 public:
  explicit mappable(int fd) noexcept : fd_(fd) {}
  ipc::mapping_handle_t get_mapping_handle() const noexcept {
    ipc::mapping_handle_t handle{};
    handle.handle = fd_;
    return handle;
  }

 private:
  int fd_;
};

ipc::mapped_region map(int fd, access mode, region::placement const& where) {
  sys::own_mark();  // so that it cannot fail later, when the mapping is there
  error_facts facts{.doing = "map shared memory", .expected = fmt::format("{} bytes", where.size)};
  if (!sys::permitted(sys::call::mmap_)) fail_errno(std::move(facts));
  auto const options = where.address == nullptr ? 0 : MAP_FIXED;
  try {
    return ipc::mapped_region(mappable(fd), mode == access::read_only ? ipc::read_only : ipc::read_write,
                              static_cast<ipc::offset_t>(where.offset), where.size, where.address, options);
  } catch (ipc::interprocess_exception const& e) {
    fail_errno(e.get_native_error(), std::move(facts));
  }
}

}  // namespace

region::region(int fd, access mode, placement const& where) : mapped_(map(fd, mode, where)), mark_(sys::own_mark()) {}

region::region(region&& other) noexcept : mapped_(std::move(other.mapped_)), mark_(other.mark_) {}

region::~region() {
  if (sys::is_own(mark_)) mapped_.~mapped_region();
}

void region::keep_from_children() { advise(MADV_DONTFORK, "keep a mapping from fork children (MADV_DONTFORK)"); }

void region::keep_from_core_dumps() { advise(MADV_DONTDUMP, "keep a mapping from core dumps (MADV_DONTDUMP)"); }

void region::advise(int advice, char const* doing) {
  if (sys::madvise(base(), size(), advice) != 0) fail_errno({.doing = doing});
}

}  // namespace quoit::mirror
