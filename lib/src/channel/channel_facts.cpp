// SPDX-License-Identifier: BSL-1.0
#include "channel/channel_facts.hpp"

#include "segment/superblock.hpp"

namespace quoit::detail {

channel_info describe(segment::memory const& m, std::string const& name, std::string const& path) {
  auto const& g = m.geometry();
  auto const& s = m.super();
  channel_info i{};
  i.name = name;
  i.path = path;
  i.kind = static_cast<kind>(s.rules.kind);
  i.backing = static_cast<backing>(s.rules.backing);
  i.type = segment::type_of(s.rules);
  i.capacity = g.capacity;
  i.records = g.records;
  i.max_payload = g.max_payload;
  i.publishers = g.publishers;
  i.slots = s.rules.slots;
  i.max_reliable = g.max_reliable;
  i.alignment = s.rules.alignment;
  i.timestamps = s.rules.timestamps != 0;
  i.creator_only = s.rules.creator_only != 0;
  i.barrier = static_cast<barrier>(s.rules.barrier);
  i.header_bytes = g.header_size;
  i.created = s.created_realtime;
  i.uuid = segment::to_string(s.uuid);
  return i;
}

}  // namespace quoit::detail
