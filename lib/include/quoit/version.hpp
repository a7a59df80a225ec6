// SPDX-License-Identifier: BSL-1.0
#pragma once

/// \file
/// The version of the library. The build system reads it from here and from nowhere else.
///
/// The version of the library and the layout of its shared memory are two things: two processes with different
/// library versions share a channel as long as their layout versions are the same, and refuse each other with a
/// clear error (`errc::incompatible`) when they are not.

#define QUOIT_VERSION_MAJOR 0
#define QUOIT_VERSION_MINOR 1
#define QUOIT_VERSION_PATCH 0

#include "quoit/export.hpp"

namespace quoit {

/// What the library that this program has found at run time is and understands.
struct versions {
  char const* library;  ///< "0.1.0"
  unsigned layout;      ///< Of channels in memory.
  unsigned registry;    ///< Of the files that stand for names.
};
QUOIT_API versions library_versions() noexcept;

}  // namespace quoit
