// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <quoit/info.hpp>

#include "verb.hpp"

namespace cli {

/// Which channels a verb is about: names, patterns as a shell has them (`camera/*`, in which `*` matches a `/` as
/// well), or all.
struct name_choice {
  std::vector<std::string> words;
  bool all = false;
  std::optional<std::uint32_t> owner{};

  /// Adds them to a verb's command line. If nothing is given that is a usage error, unless it means all.
  void add_to(verb const& v, bool none_means_all = false);
  /// For verbs that do no more than look.
  void add_owner_to(verb const& v);

  /// Entries of the registry for them, sorted, none of them twice. What a pattern or `all` stands for is channels that
  /// somebody holds, or that wait in a file. Throws `errc::no_such_channel` for a name or pattern that fits none.
  std::vector<quoit::listing> find() const;
};

bool is_pattern(std::string const& word) noexcept;

}  // namespace cli
