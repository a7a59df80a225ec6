// SPDX-License-Identifier: BSL-1.0
#include "quoit/typed.hpp"

#include <boost/core/demangle.hpp>

#include "system/fail.hpp"

namespace quoit {

std::string name_of(std::type_info const& type) { return boost::core::demangle(type.name()); }

void channel::require_type(type_id const& wanted) const {
  auto const there = info();
  bool const same_kind = there.kind == kind::messages;
  if (same_kind && there.type == wanted) return;
  fail(errc::mismatch,
       {.doing = "take a typed role in the channel",
        .name = there.name,
        .expected = same_kind ? to_string(wanted) : "a channel of messages",
        .found = same_kind ? to_string(there.type) : "a stream",
        .advice = "use the type that is there, or create the channel with quoit::for_type and quoit::replace"});
}

}  // namespace quoit
