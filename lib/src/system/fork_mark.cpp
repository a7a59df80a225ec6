// SPDX-License-Identifier: BSL-1.0
#include "system/fork_mark.hpp"

#include <sys/mman.h>

#include "system/calls.hpp"
#include "system/fail.hpp"
#include "system/page.hpp"

namespace quoit::sys {

namespace detail {
std::atomic<std::atomic<mark>*> mark_page{nullptr};
}

namespace {

std::atomic<mark>* make_page() {
  auto const size = page_size();
  void* const p = map_anonymous(nullptr, size, PROT_READ | PROT_WRITE, 0);
  if (p == MAP_FAILED) fail_errno({.doing = "map the fork guard's page"});
  if (madvise(p, size, MADV_WIPEONFORK) != 0) {
    int const e = errno;
    unmap(p, size);
    fail_errno(e, {.doing = "guard against fork (MADV_WIPEONFORK)", .advice = "Linux 4.14 or newer is needed"});
  }
  return new (p) std::atomic<mark>(0);
}

}  // namespace

mark own_mark() {
  auto* page = detail::mark_page.load(std::memory_order_acquire);
  if (page == nullptr) {
    // No mutex, which a fork could catch locked: of several pages that are made at once, one stays.
    auto* const made = make_page();
    // SYNC: mark page -> own_mark. The page is made before it can be seen; is_own() only compares with marks that came
    // from here, so whoever calls it has seen the page already.
    if (detail::mark_page.compare_exchange_strong(page, made, std::memory_order_acq_rel)) {
      page = made;
    } else {
      unmap(made, page_size());
    }
  }
  mark current = page->load();
  if (current != 0) return current;
  mark fresh = 0;
  if (getrandom(&fresh, sizeof fresh) != static_cast<int>(sizeof fresh)) fail_errno({.doing = "get random numbers"});
  fresh |= 1;
  return page->compare_exchange_strong(current, fresh) ? fresh : current;
}

}  // namespace quoit::sys
