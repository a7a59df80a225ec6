// SPDX-License-Identifier: BSL-1.0
#include <cerrno>

#include <sys/mman.h>

#include <fmt/format.h>

#include "mirror/address_range.hpp"
#include "mirror/whole_pages.hpp"
#include "quoit/mirror.hpp"
#include "system/calls.hpp"
#include "system/fail.hpp"
#include "system/fork_mark.hpp"
#include "system/limits.hpp"
#include "system/no_fork.hpp"

namespace quoit::mirror {

namespace {

/// One shared anonymous mapping of 2N bytes, of which the second N were made a window on the first.
class remapped_memory final : public memory {
 public:
  explicit remapped_memory(std::size_t size) : mark_(sys::own_mark()) {
    address_range range(2 * size, alignment_for(size));
    sys::no_fork const guard;
    void* const p = sys::map_anonymous_shared(range.base(), 2 * size);
    error_facts facts{.doing = "map shared anonymous memory", .expected = fmt::format("{} bytes", 2 * size)};
    if (p == MAP_FAILED) fail_errno(std::move(facts));
    facts.doing = "make the second half a window on the first (remap_file_pages)";
    facts.advice = "use another maker: this call is not supported here";
    if (sys::remap_pages(range.base() + size, size) != 0) fail_errno(std::move(facts));
    for (auto const advice : {MADV_DONTFORK, MADV_DONTDUMP}) {
      if (sys::madvise(range.base(), 2 * size, advice) != 0) {
        fail_errno({.doing = "keep memory from fork children and core dumps (madvise)"});
      }
    }
    base_ = range.base();
    size_ = size;
    range.hand_over(2 * size);
  }
  ~remapped_memory() override {
    if (sys::is_own(mark_)) sys::unmap(base_, 2 * size_);
  }

 private:
  sys::mark mark_;
};

}  // namespace

std::shared_ptr<memory> remap_pages::make(std::size_t size) const {
  require_pages(size);
  sys::require_memory(size, 0, 2 * size);
  return std::make_shared<remapped_memory>(size);
}

std::string remap_pages::name() const { return "remap_pages"; }

}  // namespace quoit::mirror
