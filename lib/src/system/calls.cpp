// SPDX-License-Identifier: BSL-1.0
#include "system/calls.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <csignal>

#include <linux/futex.h>
#include <linux/kcmp.h>
#include <linux/sockios.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace quoit::sys {

namespace {

std::atomic<call_hook> hook_{nullptr};

template <class F>
auto guarded(call c, F&& f) noexcept -> decltype(f()) {
  if (!permitted(c)) return static_cast<decltype(f())>(-1);
  return f();
}

std::int64_t now(clockid_t clock) noexcept {
  timespec ts{};
  ::clock_gettime(clock, &ts);
  return std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace

void set_call_hook(call_hook hook) noexcept { hook_.store(hook); }

bool permitted(call c) noexcept {
  auto const hook = hook_.load(std::memory_order_relaxed);
  if (hook == nullptr) return true;
  int const e = hook(c);
  if (e == 0) return true;
  errno = e;
  return false;
}

int open_at(int dir, char const* path, int flags, mode_t mode) noexcept {
  return guarded(call::open_, [&] { return ::openat(dir, path, flags | O_CLOEXEC, mode); });
}
int close(int fd) noexcept {
  permitted(call::close_);
  return ::close(fd);
}
int memfd_create(char const* name, unsigned flags) noexcept {
  return guarded(call::memfd_create_, [&] { return ::memfd_create(name, flags); });
}
int ftruncate(int fd, off_t size) noexcept {
  return guarded(call::ftruncate_, [&] { return ::ftruncate(fd, size); });
}
int fallocate(int fd, off_t size) noexcept {
  return guarded(call::fallocate_, [&] { return ::fallocate(fd, 0, 0, size); });
}
int fstat(int fd, struct stat* st) noexcept {
  return guarded(call::fstat_, [&] { return ::fstat(fd, st); });
}
int fstatfs(int fd, struct statfs* fs) noexcept {
  return guarded(call::fstatfs_, [&] { return ::fstatfs(fd, fs); });
}
int fstat_at(int dir, char const* path, struct stat* st, int flags) noexcept {
  return guarded(call::fstat_, [&] { return ::fstatat(dir, path, st, flags); });
}
int fchmod(int fd, mode_t mode) noexcept {
  return guarded(call::fchmod_, [&] { return ::fchmod(fd, mode); });
}
int change_group(int fd, gid_t group) noexcept {
  return guarded(call::fchown_, [&] { return ::fchown(fd, static_cast<uid_t>(-1), group); });
}
int chmod_at(int dir, char const* path, mode_t mode) noexcept {
  return guarded(call::fchmod_, [&] { return ::fchmodat(dir, path, mode, 0); });
}
int add_seals(int fd, int seals) noexcept {
  return guarded(call::fcntl_seal, [&] { return ::fcntl(fd, F_ADD_SEALS, seals); });
}
int get_seals(int fd) noexcept {
  return guarded(call::fcntl_seal, [&] { return ::fcntl(fd, F_GET_SEALS); });
}
int lock(int fd, int command, struct flock* l) noexcept {
  return guarded(call::fcntl_lock, [&] { return ::fcntl(fd, command, l); });
}
int lease(int fd, int type) noexcept {
  return guarded(call::fcntl_lease, [&] {
    if (type != F_UNLCK && ::fcntl(fd, F_SETSIG, SIGURG) != 0) return -1;
    return ::fcntl(fd, F_SETLEASE, type);
  });
}
void* map_anonymous(void* address, std::size_t size, int protection, int flags) noexcept {
  if (!permitted(call::mmap_)) return MAP_FAILED;
  return ::mmap(address, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}
void* map_file(std::size_t size, int protection, int flags, int fd) noexcept {
  if (!permitted(call::mmap_)) return MAP_FAILED;
  return ::mmap(nullptr, size, protection, flags, fd, 0);
}
void unmap(void* address, std::size_t size) noexcept { ::munmap(address, size); }
int madvise(void* address, std::size_t size, int advice) noexcept {
  return guarded(call::madvise_, [&] { return ::madvise(address, size, advice); });
}
int mlock(void* address, std::size_t size) noexcept {
  return guarded(call::mlock_, [&] { return ::mlock(address, size); });
}
int mprotect(void* address, std::size_t size, int protection) noexcept {
  return guarded(call::mprotect_, [&] { return ::mprotect(address, size, protection); });
}
int fdatasync(int fd) noexcept {
  return guarded(call::fdatasync_, [&] { return ::fdatasync(fd); });
}
int link_at(int from_dir, char const* from, int to_dir, char const* to, int flags) noexcept {
  return guarded(call::linkat_, [&] { return ::linkat(from_dir, from, to_dir, to, flags); });
}
int unlink_at(int dir, char const* path) noexcept {
  return guarded(call::unlink_, [&] { return ::unlinkat(dir, path, 0); });
}
int rename_at(int dir, char const* from, char const* to) noexcept {
  return guarded(call::rename_, [&] { return ::renameat(dir, from, dir, to); });
}
int mkdir(char const* path, mode_t mode) noexcept {
  return guarded(call::mkdir_, [&] { return ::mkdir(path, mode); });
}
void* map_anonymous_shared(void* address, std::size_t size) noexcept {
  if (!permitted(call::mmap_)) return MAP_FAILED;
  return ::mmap(address, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
int remap_pages(void* address, std::size_t size) noexcept {
  return guarded(call::remap_pages_,
                 [&] { return static_cast<int>(::syscall(SYS_remap_file_pages, address, size, 0, 0, 0)); });
}
int shm_get(std::size_t size, int key) noexcept {
  static_assert(IPC_PRIVATE == 0);
  return guarded(call::shmget_, [&] { return ::shmget(key, size, IPC_CREAT | IPC_EXCL | 0600); });
}
int shm_find(int key) noexcept {
  return guarded(call::shmget_, [&] { return ::shmget(key, 0, 0); });
}
int shm_stat(int id, struct shmid_ds* ds) noexcept {
  return guarded(call::shmctl_, [&] { return ::shmctl(id, IPC_STAT, ds); });
}
int shm_remove(int id) noexcept {
  bool const good = permitted(call::shmctl_);
  int const saved = errno;
  int const result = ::shmctl(id, IPC_RMID, nullptr);
  if (good) return result;
  errno = saved;
  return -1;
}
void* cover(void* address, std::size_t size) noexcept {
  return ::mmap(address, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) noexcept {
  return guarded(call::pread_, [&] { return ::pread(fd, buffer, size, offset); });
}
ssize_t pwrite(int fd, void const* buffer, std::size_t size, off_t offset) noexcept {
  return guarded(call::pwrite_, [&] { return ::pwrite(fd, buffer, size, offset); });
}
ssize_t read(int fd, void* buffer, std::size_t size) noexcept {
  return guarded(call::read_, [&] { return ::read(fd, buffer, size); });
}
ssize_t write(int fd, void const* buffer, std::size_t size) noexcept {
  return guarded(call::write_, [&] { return ::write(fd, buffer, size); });
}
ssize_t read_at_once(int fd, void* buffer, std::size_t size) noexcept {
  iovec const part{buffer, size};
  return guarded(call::read_, [&] { return ::preadv2(fd, &part, 1, -1, RWF_NOWAIT); });
}
ssize_t write_at_once(int fd, void const* buffer, std::size_t size) noexcept {
  iovec const part{const_cast<void*>(buffer), size};
  return guarded(call::write_, [&] { return ::pwritev2(fd, &part, 1, -1, RWF_NOWAIT); });
}
int duplicate(int fd) noexcept {
  return guarded(call::fcntl_flags, [&] { return ::fcntl(fd, F_DUPFD_CLOEXEC, 3); });
}
int get_flags(int fd) noexcept {
  return guarded(call::fcntl_flags, [&] { return ::fcntl(fd, F_GETFL); });
}
int poll(struct pollfd* fds, unsigned count, int timeout_ms) noexcept {
  return guarded(call::poll_, [&] { return ::poll(fds, count, timeout_ms); });
}
int inotify_init() noexcept {
  return guarded(call::inotify_, [&] { return ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK); });
}
int inotify_add(int fd, char const* path, std::uint32_t mask) noexcept {
  return guarded(call::inotify_, [&] { return ::inotify_add_watch(fd, path, mask); });
}
int getrandom(void* buffer, std::size_t size) noexcept {
  return guarded(call::getrandom_, [&] { return static_cast<int>(::getrandom(buffer, size, 0)); });
}
int futex_wait(std::uint32_t* word, std::uint32_t expected, timespec const* timeout) noexcept {
  return guarded(call::futex_wait, [&] {
    return static_cast<int>(::syscall(SYS_futex, word, FUTEX_WAIT, expected, timeout, nullptr, 0));
  });
}
int futex_wake_all(std::uint32_t* word) noexcept {
  return guarded(call::futex_wake, [&] {
    return static_cast<int>(::syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0));
  });
}
int futex_wait_any(futex_value const* all, std::size_t count, timespec const* until) noexcept {
  return guarded(call::futex_wait, [&] {
    std::array<futex_waitv, most_futexes> words{};
    count = std::min(count, most_futexes);
    for (std::size_t i = 0; i < count; ++i) {
      words[i].val = all[i].value;
      words[i].uaddr = reinterpret_cast<std::uintptr_t>(all[i].word);
      words[i].flags = FUTEX_32;  // shared
    }
    return static_cast<int>(::syscall(SYS_futex_waitv, words.data(), count, 0, until, CLOCK_MONOTONIC));
  });
}
int membarrier(int command) noexcept {
  return guarded(call::membarrier_, [&] { return static_cast<int>(::syscall(SYS_membarrier, command, 0, 0)); });
}
int compare_files(int a, int b) noexcept {
  return guarded(call::kcmp_, [=] {
    auto const self = ::getpid();
    return static_cast<int>(::syscall(SYS_kcmp, self, self, KCMP_FILE, a, b));
  });
}
int event_fd() noexcept {
  return guarded(call::eventfd_, [] { return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); });
}
int unix_socket() noexcept {
  return guarded(call::socket_, [] { return ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); });
}
int bind(int fd, sockaddr const* address, socklen_t size) noexcept {
  return guarded(call::bind_, [&] { return ::bind(fd, address, size); });
}
int listen(int fd, int backlog) noexcept {
  return guarded(call::listen_, [&] { return ::listen(fd, backlog); });
}
int accept(int fd) noexcept {
  return guarded(call::accept_, [&] { return ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); });
}
int connect(int fd, sockaddr const* address, socklen_t size) noexcept {
  return guarded(call::connect_, [&] { return ::connect(fd, address, size); });
}
int get_socket_option(int fd, int name, void* value, socklen_t* size) noexcept {
  return guarded(call::sockopt_, [&] { return ::getsockopt(fd, SOL_SOCKET, name, value, size); });
}
int unread_bytes(int fd) noexcept {
  return guarded(call::sockopt_, [&] {
    int bytes = 0;
    return ::ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : -1;
  });
}
ssize_t send_message(int fd, msghdr const* message) noexcept {
  return guarded(call::sendmsg_, [&] { return ::sendmsg(fd, message, MSG_DONTWAIT | MSG_NOSIGNAL); });
}
ssize_t receive_message(int fd, msghdr* message) noexcept {
  return guarded(call::recvmsg_, [&] { return ::recvmsg(fd, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC); });
}

std::int64_t monotonic_now() noexcept { return now(CLOCK_MONOTONIC); }
std::int64_t realtime_now() noexcept { return now(CLOCK_REALTIME); }

}  // namespace quoit::sys
