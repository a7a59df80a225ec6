// SPDX-License-Identifier: BSL-1.0
#include "segment/superblock.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "segment/digest.hpp"
#include "segment/geometry.hpp"
#include "system/calls.hpp"
#include "system/fail.hpp"
#include "system/page.hpp"

namespace quoit::segment {

namespace {

/// Two builds that disagree on any of these must not share memory, whatever their versions say.
std::uint64_t format_word() noexcept {
  std::uint64_t f = 0;
  for (std::uint64_t const size : {sizeof(superblock), sizeof(hot), sizeof(slot), sizeof(descriptor), sizeof(prefix),
                                   std::size_t{line}, std::size_t{ends_kept}, sys::page_size()}) {
    f = scatter(f ^ size);
  }
  return f;
}

template <class T>
T random_value() {
  T value{};
  if (sys::getrandom(&value, sizeof value) != static_cast<int>(sizeof value)) {
    fail_errno({.doing = "get random numbers"});
  }
  return value;
}

void expect(bool condition, errc code, std::string expected, std::string found, char const* advice) {
  if (condition) return;
  fail(code, {.doing = "use the channel's memory",
              .expected = std::move(expected),
              .found = std::move(found),
              .advice = advice});
}

}  // namespace

superblock make_superblock(rules const& r, std::uint64_t header_size, std::string_view name) {
  superblock s{};
  s.magic = superblock_magic;
  s.version = layout_version;
  s.bytes = sizeof s;
  s.format = format_word();
  s.uuid = random_value<uuid>();
  s.boot = boot_id();
  s.key = random_value<std::uint64_t>();
  s.created_realtime = sys::realtime_now();
  s.created_monotonic = sys::monotonic_now();
  s.header_size = header_size;
  s.rules = r;
  set_name(s, name);
  return s;
}

std::string name_of(superblock const& s) { return {s.name.begin(), std::find(s.name.begin(), s.name.end(), '\0')}; }

void set_name(superblock& s, std::string_view name) {
  s.name.fill('\0');
  name.copy(s.name.data(), s.name.size() - 1);
  seal(s);
}

void seal(superblock& s) { s.checksum = checksum(&s, offsetof(superblock, checksum)); }

void verify(superblock const& s) {
  constexpr auto* recreate = "let its users leave and create it anew";
  constexpr auto* same = "use the same version of Quoit in all processes";
  expect(s.magic == superblock_magic, errc::damaged, fmt::format("magic {:#x}", superblock_magic),
         fmt::format("{:#x}", s.magic), recreate);
  expect(s.version == layout_version, errc::incompatible, fmt::format("layout version {}", layout_version),
         fmt::format("layout version {}", s.version), same);
  expect(s.bytes == sizeof s && s.format == format_word(), errc::incompatible,
         fmt::format("format {:#x} (the sizes of page, line and structs)", format_word()),
         fmt::format("{:#x}", s.format), same);
  expect(s.checksum == checksum(&s, offsetof(superblock, checksum)), errc::damaged, "a superblock with its checksum",
         "another checksum", recreate);
  auto const f = fault(s.rules);
  expect(!f, errc::incompatible, "rules that this version knows", f.value_or(""), same);
  expect(s.name.back() == '\0', errc::damaged, "a name that ends", "one that does not", recreate);
  auto const size = geometry(s.rules).header_size;
  expect(s.header_size == size, errc::damaged, fmt::format("a header of {} bytes", size),
         fmt::format("{}", s.header_size), recreate);
}

std::string to_string(uuid const& id) {
  std::string text;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", id[i]);
  }
  return text;
}

uuid boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  uuid id{};
  std::size_t digits = 0;
  for (char c = 0; in.get(c) && digits < 32;) {
    auto const value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) continue;
    id[digits / 2] = static_cast<std::uint8_t>(id[digits / 2] << 4 | value);
    ++digits;
  }
  return id;
}

}  // namespace quoit::segment
