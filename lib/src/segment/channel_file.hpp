// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <optional>
#include <string>

#include "segment/objects.hpp"
#include "system/byte_lock.hpp"

/// \file
/// A channel in one file. What lies where in it stands in segment/layout.hpp.

namespace quoit::segment {

/// Absolute, and without needless parts. Throws `errc::bad_options` for one that is too long to be written down.
std::string absolute_path(std::string const& path);
inline constexpr std::size_t longest_path = 1000;

/// Gives a finished file its name. Throws EEXIST if there is something, whatever it is: nothing is overwritten.
/// The name is on the disk then.
void link_file(int file, std::string const& path);

/// Opens what is at the path; no descriptor if nothing is. Throws `errc::untrusted` for links, other kinds of files and
/// owners that are neither we nor root nor `trusted`; to write, also for a file with a second name: who may write it
/// can have given it that.
objects open_file(std::string const& path, mirror::access mode = mirror::access::read_write,
                  std::optional<uid_t> trusted = {});

/// Whether it begins as a channel's file does. What does not is nobody's to delete but its owner's.
bool is_channel_file(int file) noexcept;

/// The uuid of the channel in it, or zeros if it holds none.
uuid uuid_of(int file) noexcept;

/// The name of the channel in it, as in its superblock; zeros if it holds none.
std::array<char, 208> name_in(int file) noexcept;

/// A lock that says, as long as it is held: somebody uses the channel in this file. Names are counted elsewhere, and
/// a file may have one in each of several registry directories. Throws `errc::busy` if somebody has all such locks for
/// two seconds.
sys::byte_lock use_file(int file);

/// Keeps all others from using it, for as long as that is held. Empty if anybody does.
sys::byte_lock lock_unused(int file);

/// Whether it is on a disk: what is in memory has no use for being flushed.
bool is_on_disk(int file);

/// Whether it has not been deleted.
bool has_a_name(int file) noexcept;

/// Takes the name away, if it still leads to this file.
void unlink_file(int file, std::string const& path) noexcept;

/// Serialises those who write what only one may: sync points, and all of it when a channel is taken up after another
/// boot. Waits for the one who has it, for two seconds; `errc::busy` then.
enum class file_work : std::uint64_t { sync = 1, take_up = 2 };
sys::byte_lock lock_file(int file, file_work work);

/// Everything that was written until now is on the disk.
void flush(int file);

}  // namespace quoit::segment
