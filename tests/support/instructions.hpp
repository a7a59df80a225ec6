// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>

#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.hpp"

/// \file
/// What a piece of code executes, instruction by instruction: the kernel stops a child process after each of them, and
/// the bytes of the next one are looked at. Only what the tests ask for is told apart.

namespace support {

struct instruction_counts {
  std::uint64_t all = 0;
  std::uint64_t fences = 0;  ///< Full fences, and read-modify-writes that lock a line.
};

#ifdef __x86_64__

namespace detail {

enum class instruction { other, fence, system_call };

inline instruction decode(std::array<std::uint8_t, 16> const& code) noexcept {
  bool locked = false;
  std::size_t i = 0;
  for (; i < 8; ++i) {  // prefixes
    auto const b = code[i];
    if (b == 0xF0) locked = true;
    bool const legacy = b == 0xF0 || b == 0xF2 || b == 0xF3 || b == 0x2E || b == 0x36 || b == 0x3E || b == 0x26 ||
                        b == 0x64 || b == 0x65 || b == 0x66 || b == 0x67;
    bool const rex = b >= 0x40 && b <= 0x4F;
    if (!legacy && !rex) break;
  }
  if (locked) return instruction::fence;
  if (code[i] == 0x0F && code[i + 1] == 0x05) return instruction::system_call;
  if (code[i] == 0x0F && code[i + 1] == 0xAE && code[i + 2] >= 0xF0 && code[i + 2] <= 0xF7) return instruction::fence;
  bool const exchange = code[i] == 0x86 || code[i] == 0x87;  // with memory it locks without being told to
  return exchange && code[i + 1] < 0xC0 ? instruction::fence : instruction::other;
}

inline std::array<std::uint8_t, 16> code_at(pid_t pid, std::uint64_t address) {
  std::array<std::uint8_t, 16> code{};
  for (std::size_t i = 0; i < 2; ++i) {
    auto const word = ::ptrace(PTRACE_PEEKTEXT, pid, address + 8 * i, nullptr);
    std::memcpy(code.data() + 8 * i, &word, 8);
  }
  return code;
}

}  // namespace detail

/// Runs `prepare` in a child, and then stands before what it returned: that is to be done step by step.
class stepped_child {
 public:
  explicit stepped_child(std::function<std::function<void()>()> const& prepare)
      : traced_([&prepare] {
          auto const body = prepare();
          require(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0, "ptrace");
          asm volatile("int3");
          body();
          ::syscall(SYS_exit_group, finished);
          return 0;
        }) {
    int status = 0;
    require(::waitpid(traced_.pid(), &status, 0) == traced_.pid() && WIFSTOPPED(status), "the child stops");
  }

  /// What it is about to execute.
  detail::instruction next() {
    require(::ptrace(PTRACE_GETREGS, traced_.pid(), nullptr, &registers_) == 0, "registers");
    return detail::decode(detail::code_at(traced_.pid(), registers_.rip));
  }
  /// After next(): whether that is the system call behind the body.
  bool is_through() const noexcept { return registers_.rax == SYS_exit_group && registers_.rdi == finished; }

  /// Executes one instruction. False: it has ended.
  bool step() {
    require(::ptrace(PTRACE_SINGLESTEP, traced_.pid(), nullptr, nullptr) == 0, "step");
    siginfo_t info{};
    auto const id = static_cast<id_t>(traced_.pid());
    require(::waitid(P_PID, id, &info, WEXITED | WSTOPPED | WNOWAIT) == 0, "the child goes on");
    bool const stands = info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED;
    return stands && ::waitid(P_PID, id, &info, WSTOPPED) == 0;  // one that has ended is waited for by its destructor
  }

 private:
  static constexpr int finished = 42;

  support::child traced_;
  user_regs_struct registers_{};
};

/// Counts up to the first system call, which must be the one behind the body: nothing if it comes earlier.
inline std::optional<instruction_counts> count_instructions(std::function<std::function<void()>()> const& prepare) {
  stepped_child traced(prepare);
  for (instruction_counts counts;; ++counts.all) {
    auto const next = traced.next();
    if (next == detail::instruction::system_call) return traced.is_through() ? std::optional(counts) : std::nullopt;
    counts.fences += next == detail::instruction::fence;
    require(traced.step(), "the child goes on");
  }
}

/// While it lives this thread, and the children it forks, share one core: to step is to take turns, and that is
/// quickest without waking another core each time.
class one_core {
 public:
  one_core() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(std::max(::sched_getcpu(), 0)), &one);
    ::sched_setaffinity(0, sizeof one, &one);
  }
  one_core(one_core const&) = delete;
  one_core& operator=(one_core const&) = delete;
  ~one_core() { ::sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_{};
};

/// Kills a child after so many instructions of the body. False: that has fewer, and it ended by itself.
inline bool kill_after(std::uint64_t count, std::function<std::function<void()>()> const& prepare) {
  stepped_child traced(prepare);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!traced.step()) return false;
  }
  return true;
}

#endif

}  // namespace support
