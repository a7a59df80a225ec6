// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

/// Fails a child process with a message (Boost.Test's checks count in the parent only).
inline void require(bool condition, std::string const& what) {
  if (!condition) throw std::runtime_error(what);
}

/// A forked process that runs a function and ends with its result; 99 if it throws. Killed with its parent, and by the
/// destructor if nobody has waited for it.
class child {
 public:
  explicit child(std::function<int()> const& body) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int result = 99;
    try {
      result = body();
    } catch (std::exception const& e) {
      std::fprintf(stderr, "child %d: %s\n", ::getpid(), e.what());
    }
    std::fflush(nullptr);
    ::_exit(result);
  }
  child(child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  child& operator=(child&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~child() {
    if (pid_ <= 0) return;
    signal(SIGKILL);
    wait();
  }

  pid_t pid() const noexcept { return pid_; }
  void signal(int number) const noexcept { ::kill(pid_, number); }

  /// Kills it and waits until it is gone.
  void kill() noexcept {
    signal(SIGKILL);
    wait();
  }

  /// Stops it and waits until it stands still, or has ended.
  void stop() const noexcept {
    signal(SIGSTOP);
    wait_until_stopped();
  }
  void wait_until_stopped() const noexcept {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
  }
  void go_on() const noexcept { signal(SIGCONT); }

  /// Whether wait() would return at once.
  bool has_ended() const noexcept {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
  }

  /// Its exit status, or minus the signal that ended it.
  int wait() noexcept {
    int status = 0;
    auto const pid = std::exchange(pid_, -1);
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

/// A door between processes that are forked later: one side opens it, the others pass. Wide: any number may pass.
class gate {
 public:
  gate() {
    if (::pipe(fds_) != 0) throw std::runtime_error("pipe failed");
  }
  gate(gate const&) = delete;
  gate& operator=(gate const&) = delete;
  ~gate() {
    ::close(fds_[0]);
    ::close(fds_[1]);
  }

  void open(int times = 1) const {
    for (int i = 0; i < times; ++i) require(::write(fds_[1], "x", 1) == 1, "gate");
  }
  void pass() const {
    char c = 0;
    require(::read(fds_[0], &c, 1) == 1, "gate");
  }

 private:
  int fds_[2] = {-1, -1};
};

}  // namespace support
