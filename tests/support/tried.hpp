// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/test/unit_test.hpp>

/// Says how much a test has tried. `scripts/test` shows these lines once more at its end.
#define QUOIT_TRIED(what) BOOST_TEST_MESSAGE("tried: " << what)
