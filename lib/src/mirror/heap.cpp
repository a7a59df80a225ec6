// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <new>

#include <sys/mman.h>

#include <fmt/format.h>

#include "mirror/address_range.hpp"
#include "mirror/region.hpp"
#include "mirror/segment_id.hpp"
#include "mirror/whole_pages.hpp"
#include "quoit/mirror.hpp"
#include "system/calls.hpp"
#include "system/fail.hpp"
#include "system/fork_mark.hpp"
#include "system/limits.hpp"
#include "system/no_fork.hpp"
#include "system/page.hpp"

namespace quoit::mirror {

namespace {

/// Page-aligned memory of operator new. It is given back only after ordinary memory lies at all of its addresses.
class borrowed_pages {
 public:
  explicit borrowed_pages(std::size_t size)
      : size_(size),
        alignment_(alignment_for(sys::page_size())),
        pages_(::operator new(size, std::align_val_t(alignment_), std::nothrow)),
        mark_(sys::own_mark()) {
    if (pages_ == nullptr) {
      fail_errno(ENOMEM, {.doing = "allocate memory for a ring", .expected = fmt::format("{} bytes", size)});
    }
  }
  borrowed_pages(borrowed_pages const&) = delete;
  borrowed_pages& operator=(borrowed_pages const&) = delete;
  ~borrowed_pages() {
    if (!sys::is_own(mark_)) return;
    // One call for all of it: at no moment is there a hole that another thread's mapping could fall into. Should it
    // fail, the allocator must never see these addresses again.
    if (overlaid_ && sys::cover(pages_, size_) == MAP_FAILED) return;
    ::operator delete(pages_, std::align_val_t(alignment_));
  }

  std::byte* base() const noexcept { return static_cast<std::byte*>(pages_); }

  /// Something else is mapped over them, or may be.
  void overlaid() noexcept { overlaid_ = true; }

 private:
  std::size_t size_;
  std::size_t alignment_;
  void* pages_;
  sys::mark mark_;
  bool overlaid_ = false;
};

class heap_memory final : public memory {
 public:
  explicit heap_memory(std::size_t size) : pages_(2 * size) {
    segment_id const segment(size);
    sys::no_fork const guard;
    pages_.overlaid();
    for (auto* const at : {pages_.base(), pages_.base() + size}) {
      region half({segment.get(), true}, access::read_write, {.size = size, .address = at});
      half.hand_over();  // covering the pages detaches it; nothing else may, or there would be a hole
      half.keep_from_children();
      half.keep_from_core_dumps();
    }
    base_ = pages_.base();
    size_ = size;
  }

 private:
  borrowed_pages pages_;
};

}  // namespace

std::shared_ptr<memory> heap::make(std::size_t size) const {
  require_pages(size);
  sys::require_memory(size, 0, 2 * size);
  return std::make_shared<heap_memory>(size);
}

std::string heap::name() const { return "heap"; }

}  // namespace quoit::mirror
