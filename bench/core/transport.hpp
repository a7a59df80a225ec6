// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// \file
/// The one interface behind which everything that is compared stands: a way for numbered messages of one size, from one
/// process to another. Messages are numbered from 0 on; ends count for themselves, write each payload and check it.

namespace bench {

/// How the ends of a way wait for each other.
enum class pace {
  polled,  ///< They look again and again, and never sleep.
  asleep,  ///< They sleep at once.
  mixed,   ///< Whatever is best for throughput.
};

struct way {
  std::string name;           ///< Unique in this run.
  std::size_t size = 64;      ///< Of a message, bytes; at least 8.
  std::size_t in_flight = 0;  ///< How many bytes of payload there may be between the ends; as near as can be.
  pace how = pace::mixed;     ///
  std::size_t receivers = 1;  ///< More than one only where it is said to be possible.
};

class sender {
 public:
  virtual ~sender() = default;
  virtual void send(std::uint64_t count) = 0;
};

class receiver {
 public:
  virtual ~receiver() = default;

  /// Receives until all messages before number `until` are there. It may be further already.
  virtual void receive(std::uint64_t until) = 0;
};

/// Made before the processes of its ends are forked. `open_...` are called once in those; they may wait for each other.
class transport {
 public:
  virtual ~transport() = default;
  virtual std::unique_ptr<sender> open_sender() = 0;
  virtual std::unique_ptr<receiver> open_receiver() = 0;
};

/// Something that can be measured.
struct subject {
  std::string name;
  std::function<std::unique_ptr<transport>(way const&)> make;
  std::size_t least = 8;  ///< The sizes of messages that it is meant for.
  std::size_t most = std::size_t{1} << 40U;
  bool is_peer = false;
};

using subjects = std::vector<subject>;

}  // namespace bench
