// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "mirror/memfd_object.hpp"
#include "mirror/region.hpp"
#include "segment/geometry.hpp"
#include "segment/layout.hpp"
#include "system/descriptor.hpp"

/// \file
/// What the kernel holds of a channel, open in this process.
///
/// | backing        | `header`                              | `data`           | `segments`              |
/// |----------------|---------------------------------------|------------------|-------------------------|
/// | memfd, hugetlb | the header's memfd                    | the data's memfd | none                    |
/// | file           | the file                              | none             | none                    |
/// | sysv           | a file, for the locks on places alone | none             | those of header and data |

namespace quoit::segment {

/// The ids of two System V segments.
struct segment_ids {
  int header = -1;
  int data = -1;
  bool operator==(segment_ids const&) const = default;
};

struct objects {
  sys::descriptor header;
  sys::descriptor data;
  segment_ids segments;

  explicit operator bool() const noexcept { return static_cast<bool>(header); }
  bool is_system_v() const noexcept { return segments.header >= 0; }

  /// What to map for each part.
  mirror::object header_object() const noexcept;
  mirror::object data_object() const noexcept;
};

/// Two sealed memfds of exactly the right size, all memory taken; with the rule `creator_only` the data's last seal is
/// still to come. Throws `quoit::error`, as all of these; nothing is left then.
objects make_memfds(rules const& r, std::string const& label, mode_t mode = mirror::own_mode);

/// A file without a name in the directory of `path`, of exactly the right size, all blocks taken.
objects make_file(rules const& r, std::string const& path, mode_t mode = mirror::own_mode);

/// Throws `errc::damaged` if these are not objects of exactly the sizes that follow from the rules, whose size nobody
/// can change (but for files, where the owner can).
void require_sizes(objects const& o, rules const& r);

}  // namespace quoit::segment
