// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoit/info.hpp"
#include "registry/entry.hpp"
#include "registry/reach.hpp"
#include "registry/retirement.hpp"

/// \file
/// What can be done with names. All of it throws `quoit::error` and is complete or without effect. Names are checked
/// by the caller.

namespace quoit::registry {

/// A name that this process holds: the lock on its holder's byte. Move only.
class holding {
 public:
  holding() noexcept = default;
  holding(sys::byte_lock lock, std::string path, sys::file_id file, bool stays) noexcept
      : lock_(std::move(lock)), path_(std::move(path)), file_(file), stays_(stays) {}
  holding(holding&&) noexcept = default;
  holding& operator=(holding&&) = delete;
  ~holding() { let_go(); }

  /// Lets go; the last holder deletes the entry, unless the channel's memory stays. Whether this was the last one.
  /// Idempotent; does nothing in a fork child.
  bool let_go() noexcept;

 private:
  sys::byte_lock lock_;
  std::string path_;
  sys::file_id file_;
  bool stays_ = false;
};

/// A new file of the registry directory, without a name: what carries the locks of System V segments until it becomes
/// their entry.
sys::descriptor lock_carrier();

/// Throws `errc::exists` if the name is held, before a creator takes memory in vain. `trusted`: as for `find`.
void require_free(std::string_view name, channel_side const& channels, std::optional<uid_t> trusted);

enum class if_held : bool { refuse, replace };

/// Gives the name to this memory, and holds it. If a live channel has it, that one is retired and replaced, or
/// `errc::exists`. A dead one is taken over. `errc::busy` if somebody else is stopped in the middle of that.
/// `file`: of the memory, if that is one. `trusted`: as for `find`; whether another one's file can be replaced is up to
/// the kernel, which says no if the directory is sticky.
holding publish(std::string_view name, segment::memory const& m, std::string_view file, channel_side const& channels,
                if_held what, std::optional<uid_t> trusted);

/// What open() needs to become a holder.
struct found {
  entry file;
  description what;
  segment::objects objects;
};

/// The live channel of that name, if there is one. Who is only to read it cannot become a holder.
/// `trusted`: whose channel it may be, beside ours and root's.
std::optional<found> find(std::string_view name, mirror::access mode = mirror::access::read_write,
                          std::optional<uid_t> trusted = {});

/// Of a name that nobody holds: the file in which its channel waits to be taken up again; empty if there is none.
std::string dormant_file(std::string_view name, mirror::access mode = mirror::access::read_write,
                         std::optional<uid_t> trusted = {});

/// Becomes a holder of what was found. Nothing if the name leads elsewhere by now: find again.
std::optional<holding> hold(found const& f, segment::memory const& m);

/// Ends what a killed remover or replacer began: the channel was told that its name leads elsewhere, and it does not.
void finish_removal(found const& f);

/// Takes the name away: a live channel is retired, or `errc::exists`; a stale or damaged file of ours is deleted.
/// False: there was nothing.
bool remove(std::string_view name, channel_side const& channels, if_held what = if_held::replace);

std::vector<listing> list(std::optional<uid_t> trusted);

}  // namespace quoit::registry
