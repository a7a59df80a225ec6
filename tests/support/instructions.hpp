// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>

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

/// Runs `prepare`, and then what it returned step by step, in a child. Counts up to the first system call, which must
/// be the one behind it: nothing if it comes earlier.
inline std::optional<instruction_counts> count_instructions(std::function<std::function<void()>()> const& prepare) {
  constexpr int finished = 42;
  support::child traced([&] {
    auto const body = prepare();
    require(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0, "ptrace");
    asm volatile("int3");
    body();
    ::syscall(SYS_exit_group, finished);
    return 0;
  });
  int status = 0;
  require(::waitpid(traced.pid(), &status, 0) == traced.pid() && WIFSTOPPED(status), "the child stops");
  for (instruction_counts counts;; ++counts.all) {
    user_regs_struct registers{};
    require(::ptrace(PTRACE_GETREGS, traced.pid(), nullptr, &registers) == 0, "registers");
    auto const next = detail::decode(detail::code_at(traced.pid(), registers.rip));
    if (next == detail::instruction::system_call) {
      if (registers.rax == SYS_exit_group && registers.rdi == finished) return counts;
      return {};
    }
    counts.fences += next == detail::instruction::fence;
    require(::ptrace(PTRACE_SINGLESTEP, traced.pid(), nullptr, nullptr) == 0, "step");
    require(::waitpid(traced.pid(), &status, 0) == traced.pid() && WIFSTOPPED(status), "the child goes on");
  }
}

#endif

}  // namespace support
