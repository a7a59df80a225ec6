// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "registry/directory.hpp"
#include "segment/layout.hpp"
#include "segment/memory.hpp"
#include "system/byte_lock.hpp"
#include "system/descriptor.hpp"

/// \file
/// The file that stands for a channel in the registry directory:
///
///     0      description    immutable, complete before the file has a name
///     4096   holder records, 1000 of 64 bytes; record i is written by holder i alone
///
/// Holder i has a lock on byte i for as long as its process lives and holds the channel. The name is free if and only
/// if no byte is locked; what the records say is only where to look. A lock on all bytes at once (the janitor's, only
/// to be had if there is no holder) or on the janitor's byte alone is needed to change what the name leads to.

namespace quoit::registry {

inline constexpr std::uint64_t entry_magic = 0x31'47'45'52'54'49'4F'51;  // "QOITREG1"
inline constexpr std::uint32_t entry_version = 2;
inline constexpr std::uint32_t most_holders = 1000;
inline constexpr std::size_t records_at = 4096;

inline constexpr sys::byte_range all_holders{.first = 0, .count = most_holders};
inline constexpr sys::byte_range janitor_byte{.first = 4095, .count = 1};
inline constexpr sys::byte_range everything{.first = 0, .count = 4096};

struct description {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t bytes;  ///< Of this struct.
  segment::uuid uuid;   ///< Of the channel, as in its superblock.
  segment::uuid boot;
  std::int64_t created;  ///< CLOCK_REALTIME, ns.
  sys::file_id header;   ///< Of a file: that. Of System V: {0, the segment's id}, as the next one.
  sys::file_id data;
  segment::rules rules;
  std::array<char, 208> name;
  std::array<char, 1008> path;  ///< With the backing `file`: where it is.
  std::uint64_t checksum;       ///< Of all before it.
};
static_assert(sizeof(description) == 1472 && sizeof(description) <= records_at);

struct holder_record {
  std::uint64_t pid;
  std::uint64_t start_time;     ///< Of the process, in clock ticks since boot.
  std::uint64_t pid_namespace;  ///< In which the pid is meant.
  std::int32_t header_fd;       ///< Numbers of open descriptors in that process.
  std::int32_t data_fd;
  std::uint64_t checksum;  ///< Of all before it.
  std::array<std::uint64_t, 3> pad;
};
static_assert(sizeof(holder_record) == 64);

/// An entry that was opened and found to be a regular file of ours.
class entry {
 public:
  /// Nothing (no descriptor inside) if there is no such file. Throws `errc::untrusted` for links, other kinds of files
  /// and owners that are neither we nor root nor `trusted`, `errc::unreachable` if its permissions keep us out. A file
  /// with a second name is not trusted either: who may write it, as others may write a file of ours if its channel's
  /// mode says so, can have given it that name, and written into it what suits that.
  static entry open(directory const& dir, std::string const& file, mirror::access mode = mirror::access::read_write,
                    std::optional<uid_t> trusted = {});

  explicit entry(sys::descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }
  std::string const& path() const noexcept { return path_; }

  /// The description, checked. Throws `errc::damaged` or `errc::incompatible`.
  description describe() const;

  /// Whether it begins as a channel's file does. What does not is nobody's to delete but its owner's.
  bool is_ours() const noexcept;

  /// The uuid in it, unchecked.
  segment::uuid uuid() const noexcept;

  /// Whether anybody holds the channel, as the kernel says. True also while a janitor has locked a dead name.
  bool is_held() const noexcept;

  /// Whether the path still leads to this file.
  bool is_current() const noexcept;

  struct known_holder {
    std::uint32_t index;
    holder_record record;
  };
  /// The records of those who hold the channel now. One who has not yet written his record is missing, or shown as
  /// the one who had the place before.
  std::vector<known_holder> holders() const;

  void write(description const& d) const;
  void write(std::uint32_t index, holder_record const& r) const;

 private:
  /// Its creator's, for a moment, or for ever if it was killed in that.
  bool has_hidden_name(directory const& dir) const;

  sys::descriptor fd_;
  std::string path_;
};

/// Throws `errc::no_memory` if RLIMIT_FSIZE forbids to write such a file: the kernel would kill the writer.
void require_file_size();

description make_description(segment::memory const& m, std::string_view path);

/// Throws `errc::damaged` unless this is the memory that the description means: whoever may take part in a channel can
/// write its registry file, and could lead its other users to another channel of theirs, which he may not even read.
/// There the superblock says otherwise.
void require_meant(description const& d, segment::superblock const& s);
holder_record make_record(segment::memory const& m);

}  // namespace quoit::registry
