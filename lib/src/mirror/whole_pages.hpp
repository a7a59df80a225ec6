// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <limits>

#include <fmt/format.h>

#include "system/fail.hpp"
#include "system/page.hpp"

namespace quoit::mirror {

/// Throws `errc::bad_options` for a size that cannot be mapped twice: none, not whole pages, or too large to double.
inline void require_pages(std::size_t size) {
  constexpr auto most = std::numeric_limits<std::size_t>::max() / 4;
  if (size != 0 && size % sys::page_size() == 0 && size <= most) return;
  fail(errc::bad_options, {.doing = "make mirrored memory",
                           .expected = fmt::format("a multiple of {} bytes, from one to {}", sys::page_size(), most),
                           .found = fmt::format("{} bytes", size)});
}

}  // namespace quoit::mirror
