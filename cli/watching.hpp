// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <quoit/observer.hpp>

#include "exit_code.hpp"
#include "interrupts.hpp"
#include "names.hpp"
#include "rates.hpp"

namespace cli {

/// One channel, looked at again and again.
struct watched {
  std::string name;
  quoit::channel_info info;
  quoit::observer observer;
  quoit::channel_sample sample;  ///< The last one.
  flow since;                    ///< What has happened between that and the one before.
  bool is_fresh = true;          ///< There was none before.
};

/// The channels that are meant, as they come and go. Takes no part in any of them.
class watch {
 public:
  explicit watch(name_choice const& names) : names_(names) {}

  /// Looks at all of them once more. Throws `errc::no_such_channel` if nothing that is named was ever there.
  void look();

  std::map<std::string, watched> const& channels() const noexcept { return channels_; }
  /// What could not be looked at, and why.
  std::map<std::string, std::string> const& notes() const noexcept { return notes_; }

 private:
  name_choice names_;
  std::map<std::string, watched> channels_;
  std::map<std::string, std::string> notes_;
  bool had_some_ = false;
};

/// Why none of them can be looked at, on standard error; and how to end then.
exit_code complain_of_all(watch const& all);

/// What verbs that print again and again have in common.
struct watch_options {
  name_choice names;
  std::string interval = "1s";
  std::optional<std::uint64_t> count;
  bool as_json = false;

  void add_to(verb const& v);
};

/// What is done between the ends of intervals, again and again after so short a time.
struct glances {
  std::chrono::nanoseconds every{};
  std::function<void(watch const&)> glance;  ///< May be empty.
};

/// Calls `show` after each interval, until it is interrupted, the count is reached, or all channels have gone.
exit_code watch_channels(watch_options const& o, std::function<void(watch&)> const& show, glances const& between = {});

}  // namespace cli
