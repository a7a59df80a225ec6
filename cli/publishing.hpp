// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <quoit/channel.hpp>

#include "channel_rules.hpp"
#include "exit_code.hpp"
#include "frames.hpp"
#include "interrupts.hpp"

namespace cli {

/// What `pub` was told.
struct pub_options {
  std::string name;
  std::string input;
  bool stream = false;
  std::string frame;
  std::string rate;
  std::optional<std::uint64_t> count;
  std::uint64_t repeat = 1;
  std::uint32_t tag = 0;
  std::string label;
  std::string full = "wait";
  std::string timeout;
  std::optional<std::size_t> wait_for;
  bool wait = false;
  bool stay = false;
  bool create = false;
  channel_rules rules;
};

/// Publishes what can be read from `fd`, as the options say.
exit_code publish_messages(quoit::channel const& ch, int fd, pub_options const& o, interrupts& signals);
exit_code publish_stream(quoit::channel const& ch, int fd, pub_options const& o, interrupts& signals);

}  // namespace cli
