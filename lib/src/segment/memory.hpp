// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "mirror/mirrored.hpp"
#include "segment/geometry.hpp"
#include "segment/layout.hpp"
#include "system/no_fork.hpp"

namespace quoit::segment {

/// The two objects of a channel, held open: header (superblock mapped read-only, the rest writable) and data. Roles
/// map the data as they need it. Thread-safe but for moving and destruction.
class memory {
 public:
  /// Makes two sealed memfds of exactly the right size, all memory taken, and a header ready for use. Nobody else
  /// can see them before somebody hands out a descriptor. Throws `quoit::error`; nothing is left then.
  static memory create(rules const& r, std::string const& label);

  /// Takes over descriptors from a peer, after checking that the objects are sealed, of the exact size and of our
  /// making. Throws `errc::damaged` or `errc::incompatible`.
  static memory attach(sys::descriptor header, sys::descriptor data);

  memory(memory&& other) noexcept = default;
  memory& operator=(memory&&) = delete;
  ~memory() = default;

  segment::geometry const& geometry() const noexcept { return geometry_; }
  /// A private copy; shared memory is not asked again.
  superblock const& super() const noexcept { return super_; }
  /// The first byte of the writable part of the header.
  std::byte* control() const noexcept { return control_.base(); }
  int header_fd() const noexcept { return header_.get(); }
  int data_fd() const noexcept { return data_.get(); }
  sys::file_id header_id() const noexcept { return header_.id(); }
  sys::file_id data_id() const noexcept { return data_.id(); }

  /// The data, mapped twice. One mapping for each kind of access serves all roles of this process.
  std::shared_ptr<mirror::mirrored> map_data(mirror::access mode);

 private:
  memory(sys::descriptor header, sys::descriptor data, superblock const& copy);

  sys::unshared_descriptor header_;
  sys::unshared_descriptor data_;
  superblock super_;
  segment::geometry geometry_;
  mirror::region superblock_;
  mirror::region control_;
  struct mappings {
    std::mutex mutex;
    std::weak_ptr<mirror::mirrored> read_only;
    std::weak_ptr<mirror::mirrored> read_write;
  };
  std::unique_ptr<mappings> mappings_;
};

}  // namespace quoit::segment
