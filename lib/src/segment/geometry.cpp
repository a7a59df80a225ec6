// SPDX-License-Identifier: BSL-1.0
#include "segment/geometry.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "system/barrier.hpp"
#include "system/fail.hpp"
#include "system/page.hpp"

namespace quoit::segment {

namespace {

constexpr std::uint64_t default_capacity = 1_MiB;
constexpr std::uint32_t default_slots = 64;
constexpr std::uint64_t least_default_records = 64;

/// Rounded up to a power of two between `least` and `most`. 0 and what is above `most` are refused.
std::uint64_t rounded(std::uint64_t n, std::uint64_t least, std::uint64_t most, char const* what) {
  if (n == 0 || n > most) {
    fail(errc::bad_options, {.doing = "use these channel options",
                             .expected = fmt::format("{} from 1 to {}", what, most),
                             .found = fmt::format("{}", n),
                             .advice = "leave it out for the default"});
  }
  return std::max(least, std::bit_ceil(n));
}

std::uint64_t least_capacity(std::uint8_t backing) { return backing == backing_hugetlb ? huge_page : sys::page_size(); }

std::uint64_t rounded_capacity(std::uint64_t n, std::uint8_t backing) {
  return rounded(n, least_capacity(backing), most_capacity, "capacity");
}

std::uint64_t rounded_records(std::uint64_t n) { return rounded(n, least_records, most_records, "records"); }

bool is_printable(char c) { return c >= 0x20 && c < 0x7F; }

/// Options that make sense for records only.
void refuse_for_streams(channel_options const& o) {
  auto const refuse = [](bool given, char const* what) {
    if (!given) return;
    fail(errc::bad_options, {.doing = "use these channel options",
                             .expected = "options that a stream has",
                             .found = what,
                             .advice = "leave it out, or create a channel of messages"});
  };
  refuse(o.records.has_value(), "records");
  refuse(o.alignment.has_value(), "alignment");
  refuse(o.timestamps.value_or(false), "timestamps");
  refuse(o.type.has_value() && (o.type->size != 0 || o.type->tail != 0), "the size of a type");
}

char const* name_of(std::uint8_t k) {
  return k == kind_messages ? "messages" : k == kind_stream ? "stream" : "unknown";
}

}  // namespace

rules make_rules(channel_options const& o) {
  rules r{};
  r.kind = static_cast<std::uint8_t>(o.kind.value_or(kind::messages));
  bool const is_stream = r.kind == kind_stream;
  if (is_stream) refuse_for_streams(o);
  r.backing = static_cast<std::uint8_t>(o.backing.value_or(o.path.empty() ? backing::memfd : backing::file));
  if ((r.backing == backing_file) == o.path.empty()) {
    fail(errc::bad_options, {.doing = "use these channel options",
                             .expected = "a path with the backing file, and with no other",
                             .found = o.path.empty() ? "no path" : fmt::format("the path {}", printable(o.path))});
  }
  r.capacity = rounded_capacity(o.capacity.value_or(default_capacity), r.backing);
  auto const by_size = std::clamp(r.capacity / 128, least_default_records, most_records);
  r.records = is_stream ? 0 : rounded_records(o.records.value_or(by_size));
  r.slots = o.slots.value_or(default_slots);
  r.max_reliable = o.max_reliable.value_or(r.slots);
  r.alignment = is_stream ? 1 : o.alignment.value_or(16);
  auto const publishers = o.publishers.value_or(1);
  if (publishers < 1 || publishers > most_slots) {
    fail(errc::bad_options, {.doing = "use these channel options",
                             .expected = fmt::format("publishers from 1 to {}", most_slots),
                             .found = fmt::format("{}", publishers)});
  }
  if (is_stream && publishers > 1) {
    fail(errc::bad_options, {.doing = "use these channel options",
                             .expected = "one publisher of a stream",
                             .found = fmt::format("publishers {}", publishers),
                             .advice = "bytes of several writers would mix: use a channel of messages"});
  }
  r.publishers = publishers == 1 ? publishers_one : publishers_many;
  r.publisher_slots = static_cast<std::uint16_t>(publishers);
  auto const usual = sys::has_barrier() ? barrier::asymmetric : barrier::fence;
  r.barrier = static_cast<std::uint8_t>(o.barrier.value_or(usual));
  r.timestamps = o.timestamps.value_or(false) ? 1 : 0;
  r.creator_only = o.creator_only.value_or(false) ? 1 : 0;
  if (o.type) {
    auto const& name = o.type->name;
    if (name.size() > 100 || !std::all_of(name.begin(), name.end(), is_printable)) {
      fail(errc::bad_options, {.doing = "use these channel options",
                               .expected = "a type name of at most 100 printable bytes",
                               .found = name.substr(0, 120)});
    }
    std::memcpy(r.type_name.data(), name.data(), name.size());
    r.type_version = o.type->version;
    r.type_size = o.type->size;
    r.type_alignment = o.type->alignment;
    r.tail_size = o.type->tail;
  }
  if (o.mode && ((*o.mode & 0600U) != 0600U || (*o.mode & ~0666U) != 0 || r.backing == backing_sysv)) {
    fail(errc::bad_options,
         {.doing = "use these channel options",
          .expected = "a mode from 0600 to 0666 without bits for executing, of a backing with files",
          .found = fmt::format("{:04o} and {}", *o.mode, to_string(static_cast<backing>(r.backing)))});
  }
  if (auto const f = fault(r)) fail(errc::bad_options, {.doing = "use these channel options", .found = *f});
  return r;
}

std::optional<std::string> fault(rules const& r) {
  auto const power = [](std::uint64_t n) { return std::has_single_bit(n); };
  if (r.kind != kind_messages && r.kind != kind_stream)
    return fmt::format("kind {}, which this version does not know", r.kind);
  if (r.publishers != (r.publisher_slots == 1 ? publishers_one : publishers_many) || r.publisher_slots < 1 ||
      r.publisher_slots > most_slots || (r.publisher_slots > 1 && r.kind == kind_stream)) {
    return fmt::format("publishers rule {} with {} places, unknown here", r.publishers, r.publisher_slots);
  }
  if (r.barrier != barrier_fence && r.barrier != barrier_asymmetric)
    return fmt::format("barrier rule {}, unknown here", r.barrier);
  if (r.backing < backing_memfd || r.backing > backing_sysv) return fmt::format("backing {}, unknown here", r.backing);
  if (r.timestamps > 1) return fmt::format("timestamps rule {}, unknown here", r.timestamps);
  if (r.creator_only > 1) return fmt::format("creator_only rule {}, unknown here", r.creator_only);
  if (r.creator_only != 0 && r.backing > backing_hugetlb) {
    return fmt::format("creator_only with the backing {} (memfd and hugetlb can be sealed)",
                       to_string(static_cast<backing>(r.backing)));
  }
  if (!power(r.capacity) || r.capacity < least_capacity(r.backing) || r.capacity > most_capacity) {
    return fmt::format("capacity {}", r.capacity);
  }
  bool const is_stream = r.kind == kind_stream;
  if (is_stream ? r.records != 0 : !power(r.records) || r.records < least_records || r.records > most_records) {
    return fmt::format("records {}", r.records);
  }
  if (r.slots < 1 || r.slots > most_slots) return fmt::format("slots {} (1 to {} are possible)", r.slots, most_slots);
  if (r.publisher_slots + r.slots > most_places) {
    return fmt::format("{} places for publishers and {} for subscribers ({} together are possible)", r.publisher_slots,
                       r.slots, most_places);
  }
  if (r.max_reliable > r.slots) return fmt::format("max_reliable {} of {} slots", r.max_reliable, r.slots);
  if (is_stream ? r.alignment != 1 || r.timestamps != 0
                : !power(r.alignment) || r.alignment < prefix_bytes || r.alignment > sys::page_size()) {
    return fmt::format("alignment {} (a power of two from 16 to the page size is possible)", r.alignment);
  }
  if (r.type_size != 0 && (!power(r.type_alignment) || r.type_alignment > r.alignment)) {
    return fmt::format("a type aligned to {} in a channel whose payloads are aligned to {}", r.type_alignment,
                       r.alignment);
  }
  auto const& name = r.type_name;
  auto const end = std::find(name.begin(), name.end(), '\0');
  if (end == name.end() || !std::all_of(name.begin(), end, is_printable)) return "an unprintable type name";
  return {};
}

std::optional<difference> differs(rules const& existing, channel_options const& wanted) {
  auto const number = [](char const* what, std::uint64_t expected, std::uint64_t found) -> std::optional<difference> {
    if (expected == found) return {};
    return difference{fmt::format("{} {}", what, expected), fmt::format("{} {}", what, found)};
  };
  std::optional<difference> d;
  if (wanted.kind && static_cast<std::uint8_t>(*wanted.kind) != existing.kind) {
    d = difference{fmt::format("kind {}", name_of(static_cast<std::uint8_t>(*wanted.kind))),
                   fmt::format("kind {}", name_of(existing.kind))};
  }
  if (!d && wanted.type && *wanted.type != type_of(existing)) {
    d = difference{to_string(*wanted.type), to_string(type_of(existing))};
  }
  if (!d && wanted.capacity)
    d = number("capacity", rounded_capacity(*wanted.capacity, existing.backing), existing.capacity);
  if (!d && !wanted.path.empty() && existing.backing != backing_file) {
    d = difference{"a file at " + printable(wanted.path),
                   fmt::format("backing {}", to_string(static_cast<backing>(existing.backing)))};
  }
  if (!d && wanted.backing && static_cast<std::uint8_t>(*wanted.backing) != existing.backing &&
      !(wanted.or_memfd && existing.backing == backing_memfd)) {
    d = difference{fmt::format("backing {}", to_string(*wanted.backing)),
                   fmt::format("backing {}", to_string(static_cast<backing>(existing.backing)))};
  }
  if (!d && wanted.barrier && static_cast<std::uint8_t>(*wanted.barrier) != existing.barrier) {
    auto const name = [](bool fences) { return std::string("barrier ") + (fences ? "fence" : "asymmetric"); };
    d = difference{name(*wanted.barrier == barrier::fence), name(existing.barrier == barrier_fence)};
  }
  if (!d && wanted.records) d = number("records", rounded_records(*wanted.records), existing.records);
  if (!d && wanted.publishers) d = number("publishers", *wanted.publishers, existing.publisher_slots);
  if (!d && wanted.slots) d = number("slots", *wanted.slots, existing.slots);
  if (!d && wanted.max_reliable) d = number("max_reliable", *wanted.max_reliable, existing.max_reliable);
  if (!d && wanted.alignment) d = number("alignment", *wanted.alignment, existing.alignment);
  if (!d && wanted.timestamps) d = number("timestamps", *wanted.timestamps ? 1 : 0, existing.timestamps);
  if (!d && wanted.creator_only) d = number("creator_only", *wanted.creator_only ? 1 : 0, existing.creator_only);
  return d;
}

type_id type_of(rules const& r) {
  auto const end = std::find(r.type_name.begin(), r.type_name.end(), '\0');
  return {std::string(r.type_name.begin(), end), r.type_version, r.type_size, r.type_alignment, r.tail_size};
}

geometry::geometry(rules const& r)
    : capacity(r.capacity),
      mask(r.capacity - 1),
      records(r.records),
      stride(r.timestamps != 0 ? sizeof(timed_descriptor) : sizeof(descriptor)),
      alignment(r.alignment),
      // An extent is a multiple of the alignment, begins with the prefix, and is at most the ring or 2 GiB.
      max_payload(r.records == 0 ? r.capacity : std::min(r.capacity, longest_record) - prefix_bytes),
      publishers(r.publisher_slots),
      slots(r.publisher_slots + r.slots),
      max_reliable(r.max_reliable),
      hot_at(sys::page_size()),
      slots_at(sizeof(hot)),
      descriptors_at(slots_at + slots * sizeof(slot)),
      control_size(sys::align_up(descriptors_at + records * stride, sys::page_size())),
      header_size(hot_at + control_size),
      // A multiple of 2 MiB if the data is one, so that both can be mapped by huge pages.
      data_at(r.backing == backing_file
                  ? sys::align_up(header_size, capacity >= huge_page ? huge_page : sys::page_size())
                  : 0),
      sync_at(r.backing == backing_file ? data_at + capacity : 0),
      file_size(r.backing == backing_file ? sync_at + 2 * sys::page_size() : 0) {}

}  // namespace quoit::segment

char const* quoit::to_string(backing b) noexcept {
  switch (b) {
    case backing::memfd: return "memfd";
    case backing::hugetlb: return "hugetlb";
    case backing::file: return "file";
    case backing::sysv: return "sysv";
  }
  return "unknown";
}

std::string quoit::to_string(type_id const& t) {
  if (t == type_id{}) return "no type stated";
  auto text = fmt::format("type '{}' version {}", t.name, t.version);
  if (t.size != 0) text += fmt::format(", {} bytes aligned to {}", t.size, t.alignment);
  if (t.tail != 0) text += fmt::format(", followed by elements of {} bytes", t.tail);
  return text;
}
