// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include <quoit/observer.hpp>

namespace cli {

/// What has happened between two samples of a channel.
struct flow {
  std::int64_t interval = 0;   ///< Between them, ns.
  std::uint64_t messages = 0;  ///< Of a stream: commits.
  std::uint64_t bytes = 0;     ///< Payload; ring bytes of publishers that have gone meanwhile.
  std::uint64_t lost = 0;      ///< By the lossy subscribers that are there.
  std::uint64_t dropped = 0;   ///< By the publishers that are there.
  std::uint64_t sleeps = 0;    ///< Of all participants.

  double messages_a_second() const noexcept { return a_second(messages); }
  double bytes_a_second() const noexcept { return a_second(bytes); }
  double a_second(std::uint64_t n) const noexcept {
    return interval > 0 ? static_cast<double>(n) * 1e9 / static_cast<double>(interval) : 0;
  }
};

flow between(quoit::channel_sample const& before, quoit::channel_sample const& after, bool is_stream);

/// How many living participants of each role.
struct attendance {
  std::size_t publishers = 0;
  std::size_t subscribers = 0;
  std::size_t dead = 0;
};
attendance count(quoit::channel_sample const& s);

}  // namespace cli
