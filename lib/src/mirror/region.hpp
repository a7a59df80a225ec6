// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <fcntl.h>

#include <boost/interprocess/mapped_region.hpp>

#include "system/fork_mark.hpp"

namespace quoit::mirror {

enum class access : bool { read_only, read_write };

/// With which flag to open what is to be mapped so.
constexpr int open_flags(access mode) noexcept { return mode == access::read_only ? O_RDONLY : O_RDWR; }

/// What can be mapped: a file or memfd by its descriptor, or a System V segment by its id.
struct object {
  int number;
  bool is_system_v = false;
};

/// A piece of an object, mapped shared. In a fork child its destructor does nothing: there, the addresses may belong
/// to something else.
class region {
 public:
  struct placement {
    std::uint64_t offset = 0;  ///< In the object; a multiple of the page. System V segments are mapped as a whole.
    std::size_t size = 0;      ///< Bytes; a multiple of the page.
    void* address = nullptr;   ///< Where to map it over what is there, or nullptr: anywhere.
  };

  /// Throws `quoit::error`, and has changed nothing then.
  region(object const& what, access mode, placement const& where);
  region(region&& other) noexcept;
  region& operator=(region&&) = delete;
  ~region();

  /// Fork children will not have the mapping (MADV_DONTFORK). Every shared mapping wants this, as soon as it is owned.
  void keep_from_children();

  /// Core dumps will not have the contents (MADV_DONTDUMP).
  void keep_from_core_dumps();

  /// The first `bytes` cannot be written through this mapping.
  void protect_front(std::size_t bytes);

  /// The addresses belong to somebody else from now on: the destructor leaves them alone.
  void hand_over() noexcept { mark_ = 0; }

  std::byte* base() const noexcept { return static_cast<std::byte*>(mapped_.get_address()); }
  std::size_t size() const noexcept { return mapped_.get_size(); }

 private:
  void advise(int advice, char const* doing);

  union {
    boost::interprocess::mapped_region mapped_;  // in a union, since a fork child must not run its destructor
  };
  sys::mark mark_;
};

}  // namespace quoit::mirror
