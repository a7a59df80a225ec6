// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "quoit/options.hpp"

/// \file
/// What can be known about channels and their participants. Everything here is a snapshot: it may be out of date
/// when it is looked at, and is meant for people and reports, never for decisions of a protocol.

namespace quoit {

/// The rules of a channel as they are, rounding included.
struct channel_info {
  std::string name;               ///< Empty for an anonymous channel.
  quoit::kind kind{};             ///
  quoit::backing backing{};       ///
  std::string path;               ///< Of the file, with the backing `file`.
  type_id type;                   ///
  std::uint64_t capacity = 0;     ///< Bytes of the data ring.
  std::uint64_t records = 0;      ///< The most records held at once; 0 for a stream.
  std::uint64_t max_payload = 0;  ///< The longest message in bytes; of a stream, the most that can be prepared.
  std::uint32_t publishers = 0;   ///< How many there may be at once.
  std::uint32_t slots = 0;        ///< Places for subscribers.
  std::uint32_t max_reliable = 0;
  std::uint32_t alignment = 0;
  bool timestamps = false;
  bool creator_only = false;  ///< Nobody but the process that created it publishes.
  quoit::barrier barrier{};
  std::uint64_t header_bytes = 0;  ///< Memory beside the ring.
  std::int64_t created = 0;        ///< CLOCK_REALTIME, ns.
  std::string uuid;
};

/// Who takes part.
struct participant_info {
  enum class role : std::uint8_t { publisher, subscriber };

  role role{};
  quoit::delivery delivery{};    ///< Subscribers.
  pid_t pid = 0;                 ///< In its own pid namespace. Informative: liveness is never told by it.
  std::string label;             ///< What it called itself, with '?' for control characters.
  std::uint32_t slot = 0;        ///
  std::uint32_t generation = 0;  ///< Tells this participant from all others that have or had the slot.
  /// Sequence number (of a stream, bytes): the next to be published, or the oldest not yet released.
  std::uint64_t position = 0;
  std::uint64_t lag = 0;        ///< Subscribers: messages (of a stream, bytes) published but not yet released.
  std::uint64_t messages = 0;   ///< Published or received since it joined; of a stream, commits or consumes.
  std::uint64_t bytes = 0;      ///< Payload bytes of those.
  std::uint64_t sleeps = 0;     ///< How often it went to sleep to wait for the other side.
  std::uint64_t wakes = 0;      ///< How often it published or released something and had to wake who slept for that.
  std::uint64_t overslept = 0;  ///< How often a slice of that sleep ran out although something was there.
  std::uint64_t recovered = 0;  ///< How many dead participants it cleaned up after.
  std::uint64_t dropped = 0;    ///< Publishers: messages that found no room and were given up (`offer`).
  std::uint64_t lost = 0;       ///< Lossy subscribers: sequence numbers (of a stream, bytes) that were gone.
};

/// One entry of the registry.
struct listing {
  enum class state : std::uint8_t {
    alive,    ///< At least one process holds the channel.
    stale,    ///< Its last holder has gone; the name is free.
    dormant,  ///< Nobody holds it, but its memory is a file that stays: `open` takes it up again.
    foreign,  ///< It belongs to another user; `note` says more.
    damaged,  ///< The file is not one of ours, or was damaged; `note` says how.
  };

  std::string name;
  state state{};
  std::string path;
  quoit::kind kind{};
  quoit::backing backing{};
  std::string file;  ///< With the backing `file`: where it is.
  type_id type;
  std::uint64_t capacity = 0;
  std::int64_t created = 0;    ///< CLOCK_REALTIME, ns.
  std::vector<pid_t> holders;  ///< Processes that hold the channel, as they called themselves.
  std::string note;
};

}  // namespace quoit
