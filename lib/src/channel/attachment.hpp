// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoit/channel.hpp"
#include "quoit/info.hpp"
#include "registry/registry.hpp"
#include "ring/budget.hpp"
#include "ring/ring.hpp"
#include "segment/memory.hpp"

namespace quoit::detail {

/// A channel that this process holds: its memory, its ring, its name. Shared by the channel object and all roles and
/// views that came from it.
class attachment {
 public:
  /// A new channel with this name, or none if it is empty.
  static std::shared_ptr<attachment> create(std::string_view name, channel_options const& options,
                                            registry::if_held what);

  /// The channel of that name if there is one and it has what is expected: one that is held, or one that waits in its
  /// file, which is taken up then. Throws `errc::mismatch`; and `errc::exists` if another one was faster.
  static std::shared_ptr<attachment> find(std::string_view name, channel_options const& expected);

  /// The channel behind these descriptors, which are copied.
  static std::shared_ptr<attachment> from(handles const& h, channel_options const& expected);

  /// Takes the name away. False: there was none.
  static bool remove(std::string_view name, registry::if_held what);

  /// `path`: of the memory, if it is a file.
  attachment(segment::memory memory, std::string name, std::string path);
  attachment(attachment const&) = delete;
  attachment& operator=(attachment const&) = delete;

  /// The last holder of a channel on a disk writes it there.
  ~attachment();

  std::string const& name() const noexcept { return name_; }
  ring::ring const& shared() const noexcept { return ring_; }
  segment::memory& memory() noexcept { return memory_; }
  segment::uuid const& uuid() const noexcept { return memory_.super().uuid; }
  sys::mark mark() const noexcept { return mark_; }

  handles native_handles() const;
  void sync() const;

  /// For one who has taken a publisher's place, before it publishes.
  void note_publisher() const;
  bool is_stream() const noexcept { return memory_.geometry().is_stream(); }
  bool retired() const noexcept;

  /// Of a file: whether nobody has given it another name, or taken it up after another boot, before we used it.
  bool is_as_found() const { return !memory_.is_file() || memory_.is_as_found(); }

  channel_info info() const;

  /// The living participants, or only the subscribers among them. Frees the places of dead ones.
  std::vector<participant_info> participants(bool subscribers_only) const;

  /// Throws `errc::forked` in a fork child.
  void require_own() const;

 private:
  static std::shared_ptr<attachment> find_held(std::string_view name, channel_options const& expected);
  /// Whether a file of another channel may get this name.
  enum class naming : bool { as_it_is, as_asked };
  static std::shared_ptr<attachment> take_up(std::string_view name, std::string const& path,
                                             channel_options const& expected, naming n);
  static void rename(segment::memory& m, std::string_view name, std::string const& path);
  std::optional<participant_info> living(std::uint32_t index, ring::budget& b) const;

  sys::mark mark_;
  std::string name_;
  std::string path_;
  segment::memory memory_;
  sys::byte_lock use_;                      // of a file
  std::shared_ptr<mirror::mirrored> data_;  // with many publishers: who recovers a dead one's claim looks at its stamp
  ring::ring ring_;
  std::optional<registry::holding> holding_;  // goes first: who finds our name must find our descriptors
};

}  // namespace quoit::detail
