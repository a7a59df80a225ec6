// SPDX-License-Identifier: BSL-1.0
#pragma once

/// \file
/// Marks what the shared library exports. Everything else in it has hidden visibility, so that what is not in
/// these headers cannot be linked against by accident.

#define QUOIT_API __attribute__((visibility("default")))
