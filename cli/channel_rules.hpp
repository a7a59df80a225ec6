// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>

#include <quoit/options.hpp>

#include "verb.hpp"

namespace cli {

/// The rules of a channel, as options of a verb that may create one.
struct channel_rules {
  std::string capacity;
  std::string kind;
  std::string backing;
  std::string path;
  bool or_memfd = false;
  std::optional<std::uint64_t> records;
  std::optional<std::uint32_t> publishers;
  std::optional<std::uint32_t> slots;
  std::optional<std::uint32_t> max_reliable;
  std::optional<std::uint32_t> alignment;
  bool timestamps = false;
  bool creator_only = false;
  std::string barrier;
  quoit::type_id type;
  std::string mode;
  std::optional<std::uint32_t> owner;

  void add_to(verb const& v);

  /// Throws std::invalid_argument for sizes that are none.
  quoit::channel_options options() const;
};

}  // namespace cli
