// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quoit/options.hpp"
#include "segment/layout.hpp"

namespace quoit::segment {

/// Rules made from what a user gave and the defaults. Throws `errc::bad_options`.
rules make_rules(channel_options const& options);

/// What is impossible about them, or nothing. Rules that were read from anywhere pass through this before use.
std::optional<std::string> fault(rules const& r);

/// In what an existing channel differs from what is asked for, or nothing.
struct difference {
  std::string expected;
  std::string found;
};
std::optional<difference> differs(rules const& existing, channel_options const& wanted);

type_id type_of(rules const& r);

/// Sizes and offsets in bytes, derived from the rules once and kept in private memory: nothing in shared memory is
/// asked for them again.
struct geometry {
  std::uint64_t capacity;        ///< N
  std::uint64_t mask;            ///< N - 1
  std::uint64_t records;         ///< D; 0 for a stream.
  std::uint64_t stride;          ///< Of descriptors.
  std::uint64_t alignment;       ///< Of payloads and extents.
  std::uint64_t max_payload;     ///<
  std::uint32_t publishers;      ///< P: places of publishers; 1 if there is only one.
  std::uint32_t slots;           ///< P + S
  std::uint32_t max_reliable;    ///<
  std::uint64_t hot_at;          ///< Where the writable part of the header begins; a page.
  std::uint64_t slots_at;        ///< Relative to hot_at, as are the next two.
  std::uint64_t descriptors_at;  ///<
  std::uint64_t control_size;    ///< Of the writable part.
  std::uint64_t header_size;     ///<
  std::uint64_t data_at;         ///< In a file: where the data begins. In an object of its own: 0.
  std::uint64_t sync_at;         ///< In a file: where its sync points are.
  std::uint64_t file_size;       ///< Of a file, else 0.

  explicit geometry(rules const& r);

  bool is_stream() const noexcept { return records == 0; }
  bool has_many_publishers() const noexcept { return publishers > 1; }
};

}  // namespace quoit::segment
