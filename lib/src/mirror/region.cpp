// SPDX-License-Identifier: BSL-1.0
#include "mirror/region.hpp"

#include <utility>

#include <sys/mman.h>
#include <sys/shm.h>

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
  explicit mappable(object const& what) noexcept : what_(what) {}
  ipc::mapping_handle_t get_mapping_handle() const noexcept {
    ipc::mapping_handle_t handle{};
    handle.handle = what_.number;
    handle.is_xsi = what_.is_system_v;
    return handle;
  }

 private:
  object what_;
};

ipc::mapped_region map(object const& what, access mode, region::placement const& where) {
  sys::own_mark();  // so that it cannot fail later, when the mapping is there
  error_facts facts{.doing = "map shared memory", .expected = fmt::format("{} bytes", where.size)};
  if (!sys::permitted(what.is_system_v ? sys::call::shmat_ : sys::call::mmap_)) fail_errno(std::move(facts));
  auto const over = what.is_system_v ? SHM_REMAP : MAP_FIXED;
  auto const options = where.address == nullptr ? 0 : over;
  try {
    return ipc::mapped_region(mappable(what), mode == access::read_only ? ipc::read_only : ipc::read_write,
                              static_cast<ipc::offset_t>(where.offset), where.size, where.address, options);
  } catch (ipc::interprocess_exception const& e) {
    fail_errno(e.get_native_error(), std::move(facts));
  }
}

}  // namespace

region::region(object const& what, access mode, placement const& where)
    : mapped_(map(what, mode, where)), mark_(sys::own_mark()) {}

region::region(region&& other) noexcept : mapped_(std::move(other.mapped_)), mark_(other.mark_) {}

region::~region() {
  if (sys::is_own(mark_)) mapped_.~mapped_region();
}

void region::keep_from_children() { advise(MADV_DONTFORK, "keep a mapping from fork children (MADV_DONTFORK)"); }

void region::keep_from_core_dumps() { advise(MADV_DONTDUMP, "keep a mapping from core dumps (MADV_DONTDUMP)"); }

void region::protect_front(std::size_t bytes) {
  if (sys::mprotect(base(), bytes, PROT_READ) != 0) fail_errno({.doing = "protect a mapping against writing"});
}

void region::advise(int advice, char const* doing) {
  if (sys::madvise(base(), size(), advice) != 0) fail_errno({.doing = doing});
}

}  // namespace quoit::mirror
