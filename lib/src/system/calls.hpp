// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstdint>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

/// \file
/// The system-call seam: every system call that makes, finds, locks or waits for something is one of these functions,
/// so that a test can make each of them fail, count them, or stop in them. They behave as the calls they are named
/// for: -1 and errno. (Outside of it: asking who and how large we are, reading limits from /proc, short naps.)

namespace quoit::sys {

enum class call : unsigned {
  accept_,
  bind_,
  close_,
  connect_,
  eventfd_,
  fdatasync_,
  fallocate_,
  fchmod_,
  fchown_,
  fcntl_flags,
  fcntl_lease,
  fcntl_lock,
  fcntl_seal,
  fstat_,
  fstatfs_,
  ftruncate_,
  futex_wait,
  futex_wake,
  getrandom_,
  inotify_,
  kcmp_,
  linkat_,
  listen_,
  madvise_,
  membarrier_,
  memfd_create_,
  mkdir_,
  mlock_,
  mmap_,
  mprotect_,
  open_,
  poll_,
  pread_,
  pwrite_,
  read_,
  readdir_,
  recvmsg_,
  remap_pages_,
  rename_,
  sendmsg_,
  shmat_,
  shmctl_,
  shmget_,
  socket_,
  sockopt_,
  unlink_,
  write_,
  count
};

/// Asked before each call: 0 lets it through, an errno value makes it fail with that. Must be async-signal-safe.
using call_hook = int (*)(call) noexcept;
void set_call_hook(call_hook hook) noexcept;

/// For calls that are made by others on our behalf (a mapping by Boost): false and errno if the hook wants a failure.
bool permitted(call c) noexcept;

int open_at(int dir, char const* path, int flags, mode_t mode = 0) noexcept;
int close(int fd) noexcept;
/// F_DUPFD_CLOEXEC
int duplicate(int fd) noexcept;
int memfd_create(char const* name, unsigned flags) noexcept;
int ftruncate(int fd, off_t size) noexcept;
int fallocate(int fd, off_t size) noexcept;
int fstat(int fd, struct stat* st) noexcept;
int fstatfs(int fd, struct statfs* fs) noexcept;
int fstat_at(int dir, char const* path, struct stat* st, int flags) noexcept;
int fchmod(int fd, mode_t mode) noexcept;
/// The group alone.
int change_group(int fd, gid_t group) noexcept;
int chmod_at(int dir, char const* path, mode_t mode) noexcept;
int add_seals(int fd, int seals) noexcept;
int get_seals(int fd) noexcept;
int lock(int fd, int command, struct flock* l) noexcept;
/// F_SETLEASE: F_WRLCK or F_UNLCK. Who opens the file meanwhile has this process sent SIGURG, which is ignored unless
/// somebody asks for it (F_SETSIG).
int lease(int fd, int type) noexcept;
void* map_anonymous(void* address, std::size_t size, int protection, int flags) noexcept;
/// Over what is mapped there, readable, writable and shared with nobody yet.
void* map_anonymous_shared(void* address, std::size_t size) noexcept;
void* map_file(std::size_t size, int protection, int flags, int fd) noexcept;
/// remap_file_pages(2): the pages at `address` become a second window on the first ones of their mapping.
int remap_pages(void* address, std::size_t size) noexcept;
/// A new System V segment, 0600, with this key, or with IPC_PRIVATE.
int shm_get(std::size_t size, int key = 0) noexcept;
/// The one that has this key, or -1.
int shm_find(int key) noexcept;
/// IPC_STAT
int shm_stat(int id, struct shmid_ds* ds) noexcept;
/// IPC_RMID. Asks the hook, but removes in any case: giving memory back must not fail.
int shm_remove(int id) noexcept;
/// Ordinary memory over whatever is mapped there. Takes no hook, as the next one.
void* cover(void* address, std::size_t size) noexcept;
void unmap(void* address, std::size_t size) noexcept;
int madvise(void* address, std::size_t size, int advice) noexcept;
int mlock(void* address, std::size_t size) noexcept;
int mprotect(void* address, std::size_t size, int protection) noexcept;
int fdatasync(int fd) noexcept;
int link_at(int from_dir, char const* from, int to_dir, char const* to, int flags) noexcept;
int unlink_at(int dir, char const* path) noexcept;
int rename_at(int dir, char const* from, char const* to) noexcept;
int mkdir(char const* path, mode_t mode) noexcept;
ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) noexcept;
ssize_t pwrite(int fd, void const* buffer, std::size_t size, off_t offset) noexcept;
ssize_t read(int fd, void* buffer, std::size_t size) noexcept;
ssize_t write(int fd, void const* buffer, std::size_t size) noexcept;
/// The same without waiting, whatever the descriptor's mode is (RWF_NOWAIT): EOPNOTSUPP where that is not possible.
ssize_t read_at_once(int fd, void* buffer, std::size_t size) noexcept;
ssize_t write_at_once(int fd, void const* buffer, std::size_t size) noexcept;
/// F_GETFL
int get_flags(int fd) noexcept;
int poll(struct pollfd* fds, unsigned count, int timeout_ms) noexcept;
int inotify_init() noexcept;
int inotify_add(int fd, char const* path, std::uint32_t mask) noexcept;
int getrandom(void* buffer, std::size_t size) noexcept;
/// Shared (not private) futexes; `timeout` is relative, on CLOCK_MONOTONIC.
int futex_wait(std::uint32_t* word, std::uint32_t expected, timespec const* timeout) noexcept;
int futex_wake_all(std::uint32_t* word) noexcept;
/// Sleeps until one of the words is woken or has not the value given with it: FUTEX_WAITV. `until`: an absolute time of
/// CLOCK_MONOTONIC, or nullptr. ENOSYS before Linux 5.16.
struct futex_value {
  std::uint32_t* word;
  std::uint32_t value;
};
inline constexpr std::size_t most_futexes = 128;
int futex_wait_any(futex_value const* all, std::size_t count, timespec const* until) noexcept;
/// MEMBARRIER_CMD_...
int membarrier(int command) noexcept;
/// KCMP_FILE of two descriptors of this process: 0 if they are the same.
int compare_files(int a, int b) noexcept;
/// Non-blocking, closed by exec.
int event_fd() noexcept;
/// Of the Unix domain, SOCK_SEQPACKET; non-blocking and closed by exec, as what `accept` gives.
int unix_socket() noexcept;
int bind(int fd, sockaddr const* address, socklen_t size) noexcept;
int listen(int fd, int backlog) noexcept;
int accept(int fd) noexcept;
int connect(int fd, sockaddr const* address, socklen_t size) noexcept;
int get_socket_option(int fd, int name, void* value, socklen_t* size) noexcept;
/// SIOCOUTQ
int unread_bytes(int fd) noexcept;
/// Without waiting, and without SIGPIPE.
ssize_t send_message(int fd, msghdr const* message) noexcept;
/// Without waiting; what comes along is closed by exec.
ssize_t receive_message(int fd, msghdr* message) noexcept;

/// Nanoseconds of CLOCK_MONOTONIC and CLOCK_REALTIME. No system call where the kernel maps its vDSO.
std::int64_t monotonic_now() noexcept;
std::int64_t realtime_now() noexcept;

}  // namespace quoit::sys
