// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "verb.hpp"

/// \file
/// The verbs. Each adds itself to the command line, and sets `chosen` if it is what the user wants.

namespace cli {

void add_bench(CLI::App& app, action& chosen);
void add_bw(CLI::App& app, action& chosen);
void add_clean(CLI::App& app, action& chosen);
void add_completion(CLI::App& app, action& chosen);
void add_create(CLI::App& app, action& chosen);
void add_delay(CLI::App& app, action& chosen);
void add_doctor(CLI::App& app, action& chosen);
void add_dump(CLI::App& app, action& chosen);
void add_hold(CLI::App& app, action& chosen);
void add_hz(CLI::App& app, action& chosen);
void add_info(CLI::App& app, action& chosen);
void add_ls(CLI::App& app, action& chosen);
void add_pub(CLI::App& app, action& chosen);
void add_rm(CLI::App& app, action& chosen);
void add_stat(CLI::App& app, action& chosen);
void add_sub(CLI::App& app, action& chosen);
void add_top(CLI::App& app, action& chosen);
void add_version(CLI::App& app, action& chosen);

/// The version of the library, and of the layouts that it knows.
std::string version_text();

}  // namespace cli
