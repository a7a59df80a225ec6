// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "mirror/mirrored.hpp"
#include "segment/geometry.hpp"
#include "segment/layout.hpp"
#include "segment/objects.hpp"
#include "system/no_fork.hpp"

namespace quoit::segment {

/// The memory of a channel, held open: header (superblock mapped read-only, the rest writable, unless all of it is only
/// to be read) and data. Roles map the data as they need it. Thread-safe but for moving and destruction.
class memory {
 public:
  /// Two memfds and a header in them that is ready for use. Nobody else can see them before somebody hands out a
  /// descriptor. Throws `quoit::error`; nothing is left then.
  static memory create(rules const& r, std::string const& label) { return create(r, make_memfds(r, label)); }

  /// The same in objects that were made for these rules just now, full of zeros.
  static memory create(rules const& r, objects fresh, mapping_options const& how = {}, std::string_view name = {});

  /// Takes over what a peer has made, after checking that it is sealed, of the exact size and of our making. Throws
  /// `errc::damaged` or `errc::incompatible`.
  static memory attach(objects o, mapping_options const& how = {}, mirror::access mode = mirror::access::read_write);
  static memory attach(sys::descriptor header, sys::descriptor data);

  memory(memory&& other) noexcept = default;
  memory& operator=(memory&&) = delete;
  ~memory() = default;

  segment::geometry const& geometry() const noexcept { return geometry_; }
  /// A private copy; shared memory is not asked again.
  superblock const& super() const noexcept { return super_; }
  /// The first byte of the part of the header that participants write.
  std::byte* control() const noexcept { return control_.base() + (segments_.header < 0 ? 0 : geometry_.hot_at); }

  bool is_file() const noexcept { return super_.rules.backing == backing_file; }
  /// The header's descriptor, which is the file's if it is one; or the file that carries the locks. Locks on places are
  /// taken there.
  int header_fd() const noexcept { return header_.get(); }
  int data_fd() const noexcept { return data_ ? data_->get() : header_.get(); }
  sys::file_id lock_file() const noexcept { return header_.id(); }
  /// What tells the objects from all others of this machine.
  sys::file_id header_id() const noexcept;
  sys::file_id data_id() const noexcept;

  /// Whether this process may write the data: always, unless that is for its creator alone.
  bool may_write_data() const noexcept { return super_.rules.creator_only == 0 || creators_ != nullptr; }

  /// The data, mapped twice. One mapping for each kind of access serves all roles of this process. Memory that was
  /// attached to be read gives no more than that. To write needs `may_write_data()`.
  std::shared_ptr<mirror::mirrored> map_data(mirror::access mode);

  /// Whether the file was truncated under us, as the guard of SIGBUS has seen.
  std::atomic<bool> const& is_lost() const noexcept { return *lost_; }

  /// Whether the superblock of a file still says the name and the boot of the machine that it said when this was
  /// attached.
  bool is_as_found() const;

  /// Says in the superblock of a file that its words are of this boot of the machine.
  void take_up();

  /// Gives the channel in a file that nobody uses another name.
  void rename(std::string_view name);

 private:
  memory(objects o, superblock const& copy, mapping_options const& how, mirror::access mode);

  mirror::object data_object() const noexcept;
  void require_same_file() const;
  std::shared_ptr<mirror::mirrored> map_anew(mirror::access mode) const;
  void seal_data();

  std::shared_ptr<std::atomic<bool>> lost_;
  sys::unshared_descriptor header_;
  std::optional<sys::unshared_descriptor> data_;
  segment_ids segments_;
  mapping_options how_;
  mirror::access mode_;
  superblock super_;
  segment::geometry geometry_;
  std::optional<mirror::region> superblock_;
  mirror::region control_;
  std::optional<mirror::region> data_kept_;  // segments live as long as they are attached somewhere
  struct mappings {
    std::mutex mutex;
    std::weak_ptr<mirror::mirrored> read_only;
    std::weak_ptr<mirror::mirrored> read_write;
  };
  std::unique_ptr<mappings> mappings_;
  std::shared_ptr<mirror::mirrored> creators_;  // the only mapping that can write, with the rule `creator_only`
  mirror::bus_guard guard_;
};

}  // namespace quoit::segment
