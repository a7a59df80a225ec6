// SPDX-License-Identifier: BSL-1.0
#include "channel/keeper_core.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <span>
#include <system_error>

#include <pthread.h>
#include <unistd.h>

#include <fmt/format.h>

#include "registry/name.hpp"
#include "segment/superblock.hpp"
#include "system/fail.hpp"
#include "system/step.hpp"

namespace quoit::detail {

namespace {

using registry::verdict;

constexpr int look_again_ms = 100;      // for answers that were taken meanwhile, or for descriptors to be had
constexpr int longest_sleep_ms = 1000;  // even if the descriptor that wakes it was closed over its head
constexpr std::ptrdiff_t most_untaken_of_a_user = 8;
constexpr std::size_t most_untaken = 128;

registry::entry open_entry(attachment const& a) {
  if (a.name().empty()) {
    fail(errc::mismatch, {.expected = "a channel with a name", .advice = "send native_handles() yourself"});
  }
  static_cast<void>(a.native_handles());  // throws for System V segments, which have none
  auto const dir = registry::directory::open();
  auto e = registry::entry::open(dir, registry::file_of(a.name()), mirror::access::read_only);
  if (!e || e.uuid() != a.uuid()) {
    fail(errc::detached, {.path = e.path(),
                          .expected = "the file of this channel",
                          .found = e ? "that of another one: it was replaced" : "no file: it was removed",
                          .advice = "give a keeper to the new one; see that QUOIT_RUNTIME_DIR is the same"});
  }
  return e;
}

struct stat look_at(registry::entry const& e) {
  struct stat st {};
  if (sys::fstat(e.fd(), &st) != 0) fail_errno({.doing = "look at a registry file", .path = e.path()});
  return st;
}

mode_t require_believable(registry::entry const& e) {
  auto const st = look_at(e);
  if (st.st_uid == ::geteuid() || ::geteuid() == 0) return st.st_mode;
  fail(errc::untrusted, {.path = e.path(),
                         .expected = fmt::format("to be user {} or 0, whom openers believe", st.st_uid),
                         .found = fmt::format("user {}", ::geteuid()),
                         .advice = "run the keeper as the user who made the channel"});
}

sys::unshared_descriptor new_event() {
  sys::descriptor fd(sys::event_fd());
  if (!fd) fail_errno({.doing = "make an event descriptor"});
  return sys::unshared_descriptor(std::move(fd));
}

/// What was given out must be a description of its own: locks and flags of a shared one would be the asker's, too.
sys::descriptor open_again(int fd, sys::file_id expected, verdict what) {
  auto const path = fmt::format("/proc/self/fd/{}", fd);
  sys::descriptor again(sys::open_at(AT_FDCWD, path.c_str(), what == verdict::read ? O_RDONLY : O_RDWR));
  if (again && sys::is_file(again.get(), expected)) return again;
  return {};
}

void nap() { std::this_thread::sleep_for(std::chrono::milliseconds(look_again_ms)); }

/// Whether accept() failed for want of something that may come back.
bool is_in_want(int e) noexcept { return e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM; }

}  // namespace

keeper_core::keeper_core(std::shared_ptr<attachment> a, keeping how)
    : attachment_(std::move(a)),
      entry_(open_entry(*attachment_)),
      wake_(new_event()),
      socket_(registry::directory::open(), attachment_->uuid(), require_believable(entry_)) {
  if (how == keeping::in_serve) return;
  sigset_t every;
  sigset_t before;
  ::sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  int failure = 0;
  try {
    thread_ = std::thread([this] {
      ::pthread_setname_np(::pthread_self(), "quoit-keeper");
      serve();
    });
  } catch (std::system_error const& e) {
    failure = e.code().value();
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failure != 0) fail_errno(failure, {.doing = "start the thread of a keeper"});
}

keeper_core::~keeper_core() {
  if (!thread_.joinable()) return;
  interrupt();
  thread_.join();
}

void keeper_core::interrupt() noexcept {
  int const saved = errno;
  is_interrupted_.store(true, std::memory_order_relaxed);  // the kernel orders it before the wake
  std::uint64_t const one = 1;
  if (sys::is_file(wake_.get(), wake_.id())) sys::write(wake_.get(), &one, sizeof one);
  errno = saved;
}

keeper::tally keeper_core::counts() const noexcept {
  return {served_.load(std::memory_order_relaxed), refused_.load(std::memory_order_relaxed)};
}

void keeper_core::serve() noexcept {
  for (bool in_want = false;;) {
    // In want of descriptors it does not even look who is there: the same one would be there again at once.
    std::array<pollfd, 2> p{{{wake_.get(), POLLIN, 0}, {in_want ? -1 : socket_.fd(), POLLIN, 0}}};
    int const ms = in_want || !untaken_.empty() ? look_again_ms : longest_sleep_ms;
    bool const has_slept = sys::poll(p.data(), p.size(), ms) >= 0 || errno == EINTR;
    if (is_interrupted_.exchange(false, std::memory_order_relaxed)) break;
    // It does not give up if the kernel has no memory for a sleep, nor if somebody has closed its descriptors.
    if (!has_slept || ((p[0].revents | p[1].revents) & POLLNVAL) != 0) nap();
    forget_taken();
    in_want = p[1].revents != 0 && !accept();
  }
  std::uint64_t count = 0;
  sys::read(wake_.get(), &count, sizeof count);
}

/// False: it is in want of something.
bool keeper_core::accept() {
  if (!socket_.is_open()) return false;
  sys::descriptor socket(sys::accept(socket_.fd()));
  if (!socket) return !is_in_want(errno);
  QUOIT_STEP(keeper_accepted);
  try {
    answer(std::move(socket));
  } catch (std::exception const&) {
    return false;  // that one finds the connection closed
  }
  return true;
}

void keeper_core::forget_taken() {
  untaken_.remove_if([](untaken const& u) { return sys::unread_bytes(u.socket.get()) <= 0; });
}

verdict keeper_core::decide(sys::credentials const& who) const {
  switch (registry::leave_of(who, look_at(entry_))) {
    case registry::leave::none: return verdict::refused;
    case registry::leave::read: return verdict::read;
    case registry::leave::read_write: break;
  }
  return verdict::read_write;
}

void keeper_core::answer(sys::descriptor socket) {
  sys::credentials who;
  if (sys::peer_of(socket.get(), who) != 0) return;
  auto const what = decide(who);
  if (what == verdict::refused) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    give(socket.get(), what);
    return;
  }
  auto const of_user =
      std::count_if(untaken_.begin(), untaken_.end(), [&](auto const& u) { return u.user == who.user; });
  if (of_user >= most_untaken_of_a_user || untaken_.size() >= most_untaken) {
    give(socket.get(), verdict::busy);
    return;
  }
  untaken_.push_back({who.user, sys::unshared_descriptor(std::move(socket))});
  if (give(untaken_.back().socket.get(), what)) {
    QUOIT_STEP(keeper_answered);
    served_.fetch_add(1, std::memory_order_relaxed);
  } else {
    untaken_.pop_back();
  }
}

bool keeper_core::give(int socket, verdict what) const {
  registry::keeper_answer a{registry::answer_magic, what, 0};
  std::array<sys::descriptor, 2> opened;
  std::array<int, 2> fds{};
  bool const lets_in = what == verdict::read_write || what == verdict::read;
  if (lets_in) {
    auto const& m = attachment_->memory();
    opened = {open_again(m.header_fd(), m.header_id(), what), open_again(m.data_fd(), m.data_id(), what)};
    fds = {opened[0].get(), opened[1].get()};
    if (!opened[0] || !opened[1]) a.what = verdict::unable;
  }
  bool const all = lets_in && a.what == what;
  auto const message = std::as_bytes(std::span(&a, 1));
  return sys::send_with(socket, message, all ? std::span<int const>(fds) : std::span<int const>()) && all;
}

}  // namespace quoit::detail
