// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <nlohmann/json.hpp>
#include <quoit/observer.hpp>

#include "rates.hpp"

/// \file
/// What `--json` prints. Its names and units do not change: docs/format/cli-json.md. Times are in ns, sizes in bytes.

namespace cli {

using json = nlohmann::ordered_json;

inline constexpr int json_schema = 1;

json to_json(quoit::channel_info const& i);
json to_json(quoit::listing const& l);
json to_json(quoit::channel_level const& l);
json to_json(quoit::observed_participant const& p);
json to_json(quoit::channel_sample const& s);
json to_json(flow const& f);

/// One object on a line of its own, with its schema. Bytes that are no UTF-8 become U+FFFD.
void print_json(json const& object);

char const* name_of(quoit::kind k) noexcept;
char const* name_of(decltype(quoit::listing{}.state) s) noexcept;
/// "publisher", "reliable" or "lossy".
char const* role_of(quoit::participant_info const& p) noexcept;

}  // namespace cli
