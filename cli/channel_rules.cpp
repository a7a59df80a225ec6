// SPDX-License-Identifier: BSL-1.0
#include "channel_rules.hpp"

#include "human.hpp"

namespace cli {

namespace {

constexpr auto* group = "Rules of a new channel";

}  // namespace

void channel_rules::add_to(verb const& v) {
  auto const add = [&](char const* name, auto& value, char const* what) {
    return v.add_option(name, value, what).in_group(group);
  };
  add("-c,--capacity", capacity, "Bytes of the ring: 64M, 1G; rounded up to a power of two (1M)");
  add("-k,--kind", kind, "messages or stream (messages)").one_of({"messages", "stream"});
  add("-b,--backing", backing, "memfd, hugetlb, file or sysv (memfd)").one_of({"memfd", "hugetlb", "file", "sysv"});
  add("-f,--file", path, "Where the memory is, with the backing file: it outlives its processes");
  v.add_flag("--or-memfd", or_memfd, "memfd where huge pages or System V segments cannot be had").in_group(group);
  add("--records", records, "How many records are kept track of (capacity / 128)");
  add("--publishers", publishers, "How many there may be at once (1)");
  add("--slots", slots, "Places for subscribers (64)");
  add("--max-reliable", max_reliable, "How many of them may hold publishers up (all)");
  add("--alignment", alignment, "Of each payload (16)");
  v.add_flag("--timestamps", timestamps, "Keep the time of each commit").in_group(group);
  v.add_flag("--creator-only", creator_only, "Nobody but the process that creates it ever publishes").in_group(group);
  add("--barrier", barrier, "Who fences: asymmetric or fence (what this system has)").one_of({"asymmetric", "fence"});
  add("--type", type.name, "The name of the type of payloads");
  add("--type-version", type.version, "Its version");
  add("--type-size", type.size, "Its size in bytes");
  add("--type-alignment", type.alignment, "Its alignment");
  add("--type-tail", type.tail, "The size of each element behind it");
  add("--mode", mode, "Who else may use it, as of chmod: 0660, 0644 (0600)")
      .checked("OCTAL", [](std::string const& text) {
        bool const good = text.find_first_not_of("01234567") == std::string::npos && text.size() <= 4;
        return good ? "" : "not an octal mode";
      });
  v.add_option("--owner", owner, "Whose channel it may be (a user's number), beside yours and root's");
}

quoit::channel_options channel_rules::options() const {
  quoit::channel_options o;
  if (!capacity.empty()) o.capacity = parse_bytes(capacity);
  if (!kind.empty()) o.kind = kind == "stream" ? quoit::kind::stream : quoit::kind::messages;
  for (auto const b : {quoit::backing::memfd, quoit::backing::hugetlb, quoit::backing::file, quoit::backing::sysv}) {
    if (backing == quoit::to_string(b)) o.backing = b;
  }
  o.path = path;
  o.or_memfd = or_memfd;
  o.records = records;
  o.publishers = publishers;
  o.slots = slots;
  o.max_reliable = max_reliable;
  o.alignment = alignment;
  if (timestamps) o.timestamps = true;
  if (creator_only) o.creator_only = true;
  if (!barrier.empty()) o.barrier = barrier == "fence" ? quoit::barrier::fence : quoit::barrier::asymmetric;
  if (type != quoit::type_id{}) o.type = type;
  if (!mode.empty()) o.mode = static_cast<std::uint32_t>(std::stoul(mode, nullptr, 8));
  o.owner = owner;
  o.mapping.survive_truncation = true;
  return o;
}

}  // namespace cli
