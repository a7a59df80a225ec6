// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <quoit/channel.hpp>

#include "exit_code.hpp"
#include "interrupts.hpp"

namespace cli {

/// What `sub` was told.
struct sub_options {
  std::string name;
  bool stream = false;
  bool reliable = false;
  bool lossy = false;
  bool raw = false;
  bool hex = false;
  bool as_json = false;
  std::string format;
  std::string frame;
  std::string from;
  std::optional<std::uint64_t> last;
  std::optional<std::uint64_t> count;
  std::string timeout;
  bool wait = false;
  std::string label;
  std::optional<std::uint32_t> owner;
  bool fail_on_loss = false;
  bool follow = false;
};

/// Where to begin: "next", "latest", "oldest", a number, or a time ("5s": so long ago), of which the last need not be
/// held: then it is the oldest. Throws std::invalid_argument.
quoit::start_point start_of(quoit::channel const& ch, sub_options const& o);

/// Shows what comes, as the options say.
exit_code subscribe_to_messages(quoit::channel const& ch, sub_options const& o, interrupts& signals);
exit_code subscribe_to_stream(quoit::channel const& ch, sub_options const& o, interrupts& signals);

/// Whether somebody publishes there now.
bool has_publisher(quoit::channel const& ch);

}  // namespace cli
