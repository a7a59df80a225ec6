// SPDX-License-Identifier: BSL-1.0
#pragma once

/// \file
/// Names each atomic step of the protocol: `QUOIT_STEP(commit_described);` stands right after the step it names.
///
/// Nothing in a release. In a build with QUOIT_STEPS each calls a hook, by which a test kills or stops the
/// process at that very place.

#ifdef QUOIT_STEPS

#include <atomic>

namespace quoit::sys {

/// Called with the step's name (a literal). Must be async-signal-safe, as some steps are.
using step_hook = void (*)(char const* name) noexcept;
inline std::atomic<step_hook> on_step{nullptr};

inline void step(char const* name) noexcept {
  if (auto const hook = on_step.load(std::memory_order_relaxed)) hook(name);
}

}  // namespace quoit::sys

#define QUOIT_STEP(name) ::quoit::sys::step(#name)
#else
#define QUOIT_STEP(name) static_cast<void>(0)
#endif
