// SPDX-License-Identifier: BSL-1.0
#include "quoit/version.hpp"

#include "registry/entry.hpp"
#include "segment/layout.hpp"

#define QUOIT_TEXT_OF(n) #n
#define QUOIT_TEXT(n) QUOIT_TEXT_OF(n)

namespace quoit {

versions library_versions() noexcept {
  return {QUOIT_TEXT(QUOIT_VERSION_MAJOR) "." QUOIT_TEXT(QUOIT_VERSION_MINOR) "." QUOIT_TEXT(QUOIT_VERSION_PATCH),
          segment::layout_version, registry::entry_version};
}

}  // namespace quoit
