// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

/// \file
/// Tells a process from its fork children, on the fast path and without a system call.
///
/// One private page with MADV_WIPEONFORK holds a random mark. An object keeps the mark under which it was made; in a
/// child the page reads as zeros (or holds a mark of the child's own), so the two differ. What is shared is mapped
/// with MADV_DONTFORK and does not exist in a child: without this check, using an inherited object would fault.

namespace quoit::sys {

using mark = std::uint64_t;

/// The mark of this process; made on the first call. Throws `quoit::error` if there is no memory for the page.
mark own_mark();

namespace detail {
extern std::atomic<std::atomic<mark>*> mark_page;
}

/// Whether `m` was taken in this very process. `m` must come from own_mark().
inline bool is_own(mark m) noexcept {
  auto* const page = detail::mark_page.load(std::memory_order_relaxed);
  return page != nullptr && page->load(std::memory_order_relaxed) == m;
}

}  // namespace quoit::sys
