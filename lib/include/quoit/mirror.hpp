// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "quoit/export.hpp"

/// \file
/// Memory that is mapped twice, back to back, and the ways to make it.
///
///     memory              address space
///     +---------+         +---------+  base
///     | N bytes | ------> | N bytes |
///     +---------+  \      +---------+  base + N
///                   ----> | again   |
///                         +---------+  base + 2N
///
/// base[i] and base[i + N] are the same byte. So every range of up to N bytes that begins in the first half is one
/// contiguous span, also across the seam: a ring over it needs no case for wrap-around.
///
/// Five makers are here, and more can be written: derive from `maker`. They differ in what the memory is to the kernel;
/// `byte_ring` works the same with each.
///
/// | maker            | the memory is                        | fails where                                  |
/// |------------------|--------------------------------------|----------------------------------------------|
/// | `memfd`          | a memfd: the default                 | a seccomp filter forbids memfd_create        |
/// | `temporary_file` | a file without a name in a directory | the directory has no O_TMPFILE, or is full   |
/// | `system_v`       | a System V segment, already removed  | shmmax, shmall or shmmni are too small       |
/// | `remap_pages`    | shared anonymous memory              | the kernel has no remap_file_pages           |
/// | `heap`           | memory of operator new, overlaid     | as `system_v`                                |
///
/// **Threads.** Makers are const and may be used from several threads at once.
/// **Fork.** The memory does not exist in fork children; there, its destructor does nothing.

namespace quoit::mirror {

/// Memory that is mapped twice; given back by the destructor.
class QUOIT_API memory {
 public:
  memory() = default;
  memory(memory const&) = delete;
  memory& operator=(memory const&) = delete;
  virtual ~memory();

  /// Where the first half begins; a multiple of the page. Readable and writable over twice `size()`.
  std::byte* base() const noexcept { return base_; }

  /// N, in bytes; a multiple of the page.
  std::size_t size() const noexcept { return size_; }

 protected:
  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
};

/// A way to make such memory.
class QUOIT_API maker {
 public:
  virtual ~maker();

  /// Makes `size` bytes (a multiple of the page, at least one), all zeros. Throws `quoit::error`, and then has left
  /// nothing behind: no mapping, no descriptor, no file, no segment.
  virtual std::shared_ptr<memory> make(std::size_t size) const = 0;

  /// For people: "memfd".
  virtual std::string name() const = 0;
};

/// A memfd. All of it is taken at once, so that no access can fail for want of memory later.
class QUOIT_API memfd final : public maker {
 public:
  std::shared_ptr<memory> make(std::size_t size) const override;
  std::string name() const override;
};

/// A file in a directory that never has a name there (O_TMPFILE). On a disk the kernel may write the memory out and
/// drop it, which anonymous memory without swap cannot be.
class QUOIT_API temporary_file final : public maker {
 public:
  /// An empty directory means $TMPDIR, or else /tmp.
  explicit temporary_file(std::string directory = {});
  std::shared_ptr<memory> make(std::size_t size) const override;
  std::string name() const override;

 private:
  std::string directory_;
};

/// A System V segment, attached twice into a reserved range of addresses. It is marked for removal as soon as it is
/// attached: the kernel frees it with its last attachment, and a kill leaves nothing after that.
class QUOIT_API system_v final : public maker {
 public:
  std::shared_ptr<memory> make(std::size_t size) const override;
  std::string name() const override;
};

/// Shared anonymous memory whose second half is made a window on the first by remap_file_pages(2). The kernel emulates
/// that call since Linux 4.0 and may drop it one day.
class QUOIT_API remap_pages final : public maker {
 public:
  std::shared_ptr<memory> make(std::size_t size) const override;
  std::string name() const override;
};

/// Memory from operator new, at whose very addresses a System V segment is attached twice. When it is released, one
/// call puts ordinary memory there again, and only then does the allocator get it back, whole.
class QUOIT_API heap final : public maker {
 public:
  std::shared_ptr<memory> make(std::size_t size) const override;
  std::string name() const override;
};

/// Whether a maker works in this process, and if not, why.
struct availability {
  std::string maker;
  bool works = false;
  std::string reason;  ///< Empty if it works.
};

/// Tries each of the five with one page.
QUOIT_API std::vector<availability> available();

}  // namespace quoit::mirror
