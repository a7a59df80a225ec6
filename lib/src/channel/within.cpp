// SPDX-License-Identifier: BSL-1.0
#include "channel/within.hpp"

#include "registry/directory.hpp"
#include "registry/name.hpp"

namespace quoit::detail {

void nobody(std::string_view name) {
  auto const dir = registry::directory::open();
  fail(errc::no_such_channel, {.name = std::string(name),
                               .path = dir.path_of(registry::file_of(name)),
                               .found = "no file of that name, or one whose last holder has gone",
                               .advice = "start the one who creates it, or wait with quoit::wait_for; see that both "
                                         "use the same QUOIT_RUNTIME_DIR"});
}

}  // namespace quoit::detail
