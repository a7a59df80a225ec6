// SPDX-License-Identifier: BSL-1.0
#include "quoit/status.hpp"

namespace quoit {

char const* to_string(status s) noexcept {
  switch (s) {
    case status::ok: return "ok";
    case status::timeout: return "timeout";
    case status::full: return "full";
    case status::closed: return "closed";
    case status::died: return "died";
    case status::lost: return "lost";
    case status::evicted: return "evicted";
    case status::retired: return "retired";
    case status::interrupted: return "interrupted";
    case status::too_big: return "too_big";
    case status::too_many: return "too_many";
    case status::busy: return "busy";
    case status::detached: return "detached";
    case status::forked: return "forked";
    case status::end_of_file: return "end_of_file";
    case status::would_block: return "would_block";
    case status::failed: return "failed";
    case status::corrupt: return "corrupt";
  }
  return "unknown";
}

}  // namespace quoit
