// SPDX-License-Identifier: BSL-1.0
// What is looked at before a channel is used: a superblock, a registry file, a channel's file with its sync points.
// Each is a good one, changed as the input says; half of them get checksums that are right again.
#include <algorithm>
#include <chrono>
#include <optional>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "input.hpp"
#include "mirror/memfd_object.hpp"
#include "quoit/quoit.hpp"
#include "registry/entry.hpp"
#include "scratch_registry.hpp"
#include "segment/digest.hpp"
#include "segment/geometry.hpp"
#include "segment/superblock.hpp"
#include "system/descriptor.hpp"
#include "system/page.hpp"

using namespace quoit;
using namespace std::chrono_literals;

/// Naps take no time: what is waited for in vain is not worth it here.
extern "C" int nanosleep(timespec const*, timespec*) { return 0; }

namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 26U;

support::scratch_registry const& registry_directory() {
  static support::scratch_registry const scratch;
  return scratch;
}

template <class T>
void seal(T& object) {
  object.checksum = segment::checksum(&object, offsetof(T, checksum));
}

template <class T>
T read_at(int fd, std::uint64_t at) {
  T object{};
  fuzz::require(::pread(fd, &object, sizeof object, static_cast<off_t>(at)) >= 0, "pread");
  return object;
}

template <class T>
void write_at(int fd, std::uint64_t at, T const& object) {
  fuzz::require(::pwrite(fd, &object, sizeof object, static_cast<off_t>(at)) == static_cast<ssize_t>(sizeof object),
                "pwrite");
}

template <class T>
void change_at(int fd, std::uint64_t at, fuzz::input& in) {
  auto object = read_at<T>(fd, at);
  fuzz::change_bytes(object, in);
  if (in.flag()) seal(object);
  write_at(fd, at, object);
}

/// All that a channel answers without a role, and each role for a moment.
void use(channel const& ch) {
  ch.info();
  ch.participants();
  for (int i = 0; i < 4; ++i) {
    try {
      switch (i) {
        case 0: ch.publisher(); break;
        case 1: ch.subscriber({.start = oldest}).try_receive(); break;
        case 2: ch.stream_writer(); break;
        default: ch.stream_reader({.start = oldest}).try_data();
      }
    } catch (error const&) {
      // of another kind, or damaged
    }
  }
}

void use(observer const& seen) {
  seen.info();
  seen.sample();
  if (seen.info().kind == messages) seen.read(0, [](observed_record const&) {});
}

template <class F>
void attempt(F&& f) {
  try {
    f();
  } catch (error const& e) {
    fuzz::require(std::string(e.what()).starts_with("cannot "), "an error that says what cannot be done");
  }
}

sys::descriptor object(std::uint64_t size, bool is_sealed) {
  sys::descriptor fd(::memfd_create("quoit-fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  fuzz::require(::ftruncate(fd.get(), static_cast<off_t>(size)) == 0, "ftruncate");
  if (is_sealed) ::fcntl(fd.get(), F_ADD_SEALS, mirror::memfd_seals);
  return fd;
}

channel_options options_of(fuzz::input& in) {
  if (in.flag()) return {.capacity = 4096, .kind = stream};
  return {.capacity = 4096, .publishers = in.flag() ? 3U : 1U, .timestamps = in.flag()};
}

/// Two objects, as somebody hands them over.
void attach_objects(fuzz::input& in) {
  auto const r = segment::make_rules(options_of(in));
  auto s = segment::make_superblock(r, segment::geometry(r).header_size);
  fuzz::change_bytes(s.rules, in);
  if (in.flag()) fuzz::change_bytes(s, in);
  auto header_size = s.header_size;
  auto data_size = s.rules.capacity;
  if (!segment::fault(s.rules) && in.flag()) header_size = s.header_size = segment::geometry(s.rules).header_size;
  if (in.byte() % 8 == 0) header_size = in.value(header_size);
  if (in.byte() % 8 == 0) data_size = in.value(data_size);
  if (header_size > most_bytes || data_size > most_bytes) return;
  if (in.byte() % 4 != 0) seal(s);
  auto const header = object(header_size, in.byte() % 16 != 0);
  auto const data = object(data_size, in.byte() % 16 != 0);
  // A sealed object can be written to, but not beyond its end.
  [[maybe_unused]] auto const written = ::pwrite(header.get(), &s, std::min(sizeof s, header_size), 0);
  handles const h{.header = header.get(), .data = data.get()};
  attempt([&] { use(channel::from_handles(h)); });
  attempt([&] { use(observer::from_handles(h)); });
}

/// An entry of the registry, and its holder's record.
void open_entry(fuzz::input& in) {
  auto const& scratch = registry_directory();
  auto const how = in.byte();
  channel_options options{.capacity = 4096};
  if ((how & 1U) != 0) options.path = scratch.file(".memory");
  if ((how & 2U) != 0) options.backing = backing::sysv;
  if ((how & 3U) == 3U) return;
  std::optional<channel> ch(channel::create("x", replace, options));
  sys::descriptor const file(::open(scratch.file("x").c_str(), O_RDWR | O_CLOEXEC));
  auto const good = read_at<registry::description>(file.get(), 0);
  change_at<registry::description>(file.get(), 0, in);
  if (in.flag()) change_at<registry::holder_record>(file.get(), registry::records_at, in);
  if (in.byte() % 8 == 0) fuzz::require(::ftruncate(file.get(), in.take<std::uint16_t>()) == 0, "ftruncate");
  if (in.byte() % 4 == 0) ch.reset();
  attempt([] { use(channel::open("x")); });
  attempt([] { use(observer::open("x")); });
  channel::list();
  if (in.flag()) attempt([&] { channel::create("x", replace, {.capacity = 4096}); });
  attempt([] { channel::remove("x"); });
  // What is left is not in the way of the next input.
  ch.reset();
  ::unlink(scratch.file("x").c_str());
  ::unlink(scratch.file(".memory").c_str());
  fuzz::require(good.magic == registry::entry_magic, "an entry");
}

/// A channel that waits in its file, perhaps since the last boot of the machine.
void open_file(fuzz::input& in) {
  auto const& scratch = registry_directory();
  auto const path = scratch.file(".memory");
  segment::superblock good{};
  {
    auto options = options_of(in);
    options.path = path;
    auto const ch = channel::create("x", options);
    if (ch.info().kind == messages) {
      auto pub = ch.publisher();
      for (auto n = in.below(40); n > 0; --n) pub.publish(std::as_bytes(std::span(path)), 0, 0s);
    } else {
      auto writer = ch.stream_writer();
      for (auto n = in.below(40); n > 0; --n) writer.write(std::as_bytes(std::span(path)), 0s);
    }
    ch.sync();
    sys::descriptor const file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    good = read_at<segment::superblock>(file.get(), 0);
  }
  sys::descriptor const file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  segment::geometry const g(good.rules);
  if (in.flag()) change_at<segment::superblock>(file.get(), 0, in);
  if (in.flag()) {  // another boot
    auto s = read_at<segment::superblock>(file.get(), 0);
    s.boot[0] ^= 1U;
    seal(s);
    write_at(file.get(), 0, s);
  }
  for (auto n = in.below(3); n > 0; --n) {
    change_at<segment::sync_point>(file.get(), g.sync_at + (in.flag() ? sys::page_size() : 0), in);
  }
  for (auto n = in.below(20); n > 0; --n) {
    write_at(file.get(), in.take<std::uint32_t>() % (g.file_size / 8) * 8, in.value(0));
  }
  if (in.byte() % 8 == 0) fuzz::require(::ftruncate(file.get(), in.take<std::uint16_t>()) == 0, "ftruncate");
  attempt([&] { use(observer::open_file(path)); });
  attempt([&] { use(channel::open_or_create("x", {.path = path})); });
  attempt([] { use(channel::open("x")); });
  attempt([] { channel::remove("x"); });
  ::unlink(scratch.file("x").c_str());
  ::unlink(path.c_str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::input in(data, size);
  switch (in.below(3)) {
    case 0: attach_objects(in); break;
    case 1: open_entry(in); break;
    default: open_file(in);
  }
  return 0;
}
