// SPDX-License-Identifier: BSL-1.0
#include "registry/segment_intent.hpp"

#include <array>
#include <cstddef>

#include <unistd.h>

#include <fmt/format.h>

#include "registry/new_entry.hpp"
#include "segment/digest.hpp"
#include "system/fail.hpp"
#include "system/limits.hpp"
#include "system/process.hpp"
#include "system/step.hpp"

namespace quoit::registry {

namespace {

constexpr std::uint64_t intent_magic = 0x32'56'53'59'53'54'4F'51;  // "QOTSYSV2"
constexpr int most_tries = 16;
constexpr auto* prefix = ".sysv-";

struct planned {
  std::int64_t key;
  std::uint64_t size;
};

struct plan {
  std::uint64_t magic;
  std::uint64_t ipc_namespace;      ///< Where the keys mean anything.
  std::array<planned, 2> segments;  ///< Header, data.
  std::uint64_t checksum;           ///< Of all before it.
};

std::uint64_t checksum_of(plan const& p) { return segment::checksum(&p, offsetof(plan, checksum)); }

int random_key() {
  std::uint32_t n = 0;
  if (sys::getrandom(&n, sizeof n) != static_cast<int>(sizeof n)) fail_errno({.doing = "get random numbers"});
  return static_cast<int>(n & 0x7FFFFFFFU) | 1;  // 0 would be IPC_PRIVATE
}

void write(entry const& e, plan p) {
  p.checksum = checksum_of(p);
  auto const n = sys::pwrite(e.fd(), &p, sizeof p, 0);
  if (n != static_cast<ssize_t>(sizeof p)) fail_errno(n < 0 ? errno : ENOSPC, {.doing = "write down an intent"});
}

/// Others may write registry files of ours, if their channels' modes say so; and they may give one of them the name of
/// an intent, but neither another mode nor another owner.
bool is_private(int file) {
  struct stat st {};
  return sys::fstat(file, &st) == 0 && (st.st_mode & 0077U) == 0;
}

/// Only a segment of ours that is as large as planned and has this key: it is what was meant.
void remove_segment(planned const& p) {
  int const id = sys::shm_find(static_cast<int>(p.key));
  struct shmid_ds ds {};
  if (id < 0 || sys::shm_stat(id, &ds) != 0) return;
  if (ds.shm_perm.cuid == ::geteuid() && ds.shm_segsz == p.size) sys::shm_remove(id);
}

}  // namespace

segment_intent::segment_intent(directory const& dir, segment::rules const& r) : dir_(&dir) {
  segment::geometry const g(r);
  sys::require_memory(g.capacity + g.header_size, 0, 3 * g.capacity + g.header_size);
  plan p{intent_magic, sys::own_ipc_namespace(), {{{random_key(), g.header_size}, {random_key(), g.capacity}}}, 0};
  auto const file = fmt::format("{}{:08x}", prefix, p.segments[0].key);
  entry const e(make_unnamed(dir), dir.path_of(file));
  write(e, p);
  lock_ = sys::byte_lock::try_lock(e.fd(), {.first = 0, .count = 1});
  if (!lock_) fail(errc::busy, {.doing = "write down an intent", .path = e.path()});
  if (int const failed = link_as(dir, e, file); failed != 0) {
    fail_errno(failed, {.doing = "write down an intent", .path = e.path()});
  }
  file_ = file;
  QUOIT_STEP(intent_linked);
  try {
    std::array<int*, 2> const ids{&ids_.header, &ids_.data};
    for (std::size_t i = 0; i < ids.size(); ++i) {
      for (int tries = 0; *ids[i] < 0; ++tries) {
        auto& wanted = p.segments[i];
        *ids[i] = sys::shm_get(wanted.size, static_cast<int>(wanted.key));
        QUOIT_STEP(segment_made);
        if (*ids[i] >= 0) break;
        int const saved = errno;
        if (saved != EEXIST || tries == most_tries) {
          bool const cure = saved == EINVAL || saved == ENOSPC;
          fail_errno(saved, {.doing = "make a System V segment (shmget)",
                             .expected = fmt::format("{} bytes", wanted.size),
                             .advice = cure ? "raise kernel.shmmax, kernel.shmall or kernel.shmmni (sysctl)" : ""});
        }
        wanted.key = random_key();  // somebody has that one
        write(e, p);
      }
    }
  } catch (...) {
    remove();
    throw;
  }
}

segment_intent::~segment_intent() { remove(); }

void segment_intent::remove() noexcept {
  int const saved = errno;
  for (int const id : {ids_.header, ids_.data}) {
    if (id >= 0) sys::shm_remove(id);
    QUOIT_STEP(segment_removed);
  }
  sys::unlink_at(dir_->fd(), file_.c_str());
  lock_.release();
  errno = saved;
}

bool is_intent(std::string const& file) noexcept { return file.starts_with(prefix); }

void sweep_intent(directory const& dir, std::string const& file) {
  auto const e = entry::open(dir, file);
  plan p{};
  if (!e || !is_private(e.fd()) || sys::pread(e.fd(), &p, sizeof p, 0) != static_cast<ssize_t>(sizeof p)) return;
  if (p.magic != intent_magic || p.checksum != checksum_of(p)) return;  // somebody's own file
  if (p.ipc_namespace != sys::own_ipc_namespace()) return;              // its segments cannot be seen from here
  if (sys::probe(e.fd(), {.first = 0, .count = 1}) != sys::lock_state::free || !e.is_current()) return;
  for (auto const& s : p.segments) remove_segment(s);
  sys::unlink_at(dir.fd(), file.c_str());
}

}  // namespace quoit::registry
