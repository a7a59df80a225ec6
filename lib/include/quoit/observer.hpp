// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "quoit/channel.hpp"
#include "quoit/export.hpp"
#include "quoit/info.hpp"
#include "quoit/message.hpp"
#include "quoit/options.hpp"
#include "quoit/status.hpp"

/// \file
/// Looking at a channel without taking part in it: for tools, monitoring and post-mortems.
///
/// ```cpp
/// auto const seen = quoit::observer::open("camera/front");
/// auto const s = seen.sample();
/// for (auto const& p : s.participants) std::cout << p.label << " lags " << p.lag << '\n';
/// seen.read_last(10, [](quoit::observed_record const& r) { show(r.bytes); });
/// ```

namespace quoit {

namespace detail {
class observation;
}

/// What the ring holds at one moment. Of a stream, sequence numbers are positions in bytes.
struct channel_level {
  /// ok. timeout: publishers go on so fast that no moment was to be had; ask again. corrupt: the words in shared memory
  /// contradict each other. forked, detached. If it is not ok, the numbers mean nothing.
  quoit::status status = quoit::status::detached;
  std::int64_t time = 0;             ///< When it was taken: CLOCK_MONOTONIC, ns.
  std::uint64_t head = 0;            ///< The next number to be claimed.
  std::uint64_t head_position = 0;   ///< Where that record will start. Positions are bytes that only grow.
  std::uint64_t floor = 0;           ///< The oldest number that is kept.
  std::uint64_t floor_position = 0;  ///< Where that record starts.
  std::uint64_t records = 0;         ///< Numbers kept: `head - floor`. Of a stream: bytes, too.
  std::uint64_t bytes = 0;           ///< What they take of the ring, prefixes included.
  bool limited_by_records = false;   ///< What is used up first as it goes on like this: the records, or the bytes.
  bool retired = false;              ///< The channel was removed or replaced under its name.
  std::uint64_t ends = 0;            ///< How many publishers have closed or died, ever.
  std::int64_t newest_time = 0;      ///< When the newest record was committed, with time stamps; else 0.
};

/// What became of a participant.
enum class participant_state : std::uint8_t {
  joining,  ///< It has its place, and is about to begin.
  live,     ///
  evicted,  ///< A publisher would not wait for it any longer; it has not noticed yet.
  dead,     ///< The kernel says so. Nobody has cleaned up after it yet, since nobody needed to.
};

/// "joining", "live", "evicted", "dead". Never null.
QUOIT_API char const* to_string(participant_state s) noexcept;

/// One participant, as an observer sees it.
struct observed_participant : participant_info {
  participant_state state{};
  std::uint64_t start_time = 0;  ///< Of its process, in clock ticks since boot: tells whether the pid still means it.
  /// Subscribers: what `lag` messages take of the ring. None: it cannot be told, since what comes next for a lossy one
  /// has been written over.
  std::optional<std::uint64_t> lag_bytes;
  std::int64_t waiting_since = 0;  ///< With time stamps: when the oldest message that it lags behind was committed.
};

/// A claim that nobody can pass: of many publishers, the one who has reserved the next record to be delivered.
struct observed_claim {
  std::uint64_t sequence = 0;
  publisher_id publisher;
  bool is_dead = false;      ///< Its owner is. The next one who meets it gives it up.
  std::uint64_t behind = 0;  ///< How many numbers are claimed behind it.
};

/// All of it at one moment, or nearly: participants go on while they are looked at.
struct channel_sample : channel_level {
  std::vector<observed_participant> participants;  ///< By their slots; whoever has a place, dead or alive.
  /// The slot of the living reliable subscriber that is furthest behind, if any lags: for this one publishers wait.
  std::optional<std::uint32_t> slowest;
  std::uint64_t room_bytes = 0;    ///< How much may still be published before that happens: bytes of the ring,
  std::uint64_t room_records = 0;  ///< and records; 0 for a stream.
  std::optional<observed_claim> held_up_by;  ///< Many publishers: who holds up delivery.
};

/// One message, copied out of the ring and whole.
struct observed_record {
  std::span<std::byte const> bytes;  ///< Valid during the call.
  std::uint64_t sequence = 0;
  std::uint32_t index = 0;  ///< In its batch.
  std::uint32_t tag = 0;
  std::int64_t time = 0;       ///< CLOCK_MONOTONIC, ns; 0 without time stamps.
  publisher_id publisher;      ///
  std::uint64_t position = 0;  ///< Where it starts in the ring, with its prefix of 16 bytes.
};

/// What a reading came to.
struct observed_reading {
  quoit::status status = quoit::status::detached;  ///< ok: all that was asked for and is there. corrupt, forked, ...
  std::uint64_t next = 0;                          ///< Where to go on.
  std::size_t count = 0;                           ///< Messages that were handed over.
  std::uint64_t lost = 0;                          ///< Sequence numbers that were written over before they were read.
};

/// A channel that is only looked at: all of it is mapped read-only, and nothing is written, locked, woken or held.
///
/// It takes no place, so that any number of observers may look, and nobody who takes part can notice. It does not hold
/// the name: when the last holder has gone the name is free, and the observer keeps looking at what was there. Nor does
/// it clean up: a participant that has died is shown as dead until somebody takes its place.
///
/// **Snapshots.** All of this may be out of date when it is looked at, and is meant for people and reports.
/// **Trust.** What is in shared memory is taken for numbers and nothing else: a peer that writes nonsense gets nonsense
/// shown, or `corrupt`.
/// **Threads.** Const members may be called from several threads at once.
/// **Fork.** In a child it answers `forked`, or throws `errc::forked`.
class QUOIT_API observer {
 public:
  /// Looks at the channel of that name: at one that somebody holds, or at one that waits in its file. Throws as
  /// `channel::open`; the memory has to be readable only. `owner`: as in `channel_options`.
  static observer open(std::string_view name, mapping_options const& how = {}, std::optional<std::uint32_t> owner = {});

  /// Looks at the channel in this file, whether or not anybody uses it, and of whatever boot of the machine it is.
  static observer open_file(std::string const& path, mapping_options const& how = {});

  /// Looks at the channel behind these descriptors, which are opened anew; the caller's stay the caller's.
  static observer from_handles(handles const& h, mapping_options const& how = {});

  observer() noexcept = default;
  observer(observer&&) noexcept = default;
  observer& operator=(observer&&) noexcept = default;
  observer(observer const&) = delete;
  observer& operator=(observer const&) = delete;
  ~observer() = default;

  channel_info info() const;

  /// How full the ring is. No system call and no allocation; the time it takes does not grow with the ring.
  channel_level level() const noexcept;

  /// That, and who takes part. Allocates; asks the kernel once for each participant; with many publishers it looks at
  /// the descriptor of each record that is kept.
  channel_sample sample() const;

  /// Hands `fn(observed_record const&)` copies of the messages from number `from` on that are kept at the moment of the
  /// call, oldest first, at most `most` of them (more by the rest of a batch). Each is whole, or told as lost. 0 begins
  /// with the oldest one. What fn throws goes on to the caller. Channels of messages: `errc::mismatch` otherwise.
  template <class F>
  observed_reading read(std::uint64_t from, F&& fn, std::size_t most = static_cast<std::size_t>(-1)) const {
    using function = std::remove_reference_t<F>;
    return read_with(
        from, most, [](void* context, observed_record const& r) { (*static_cast<function*>(context))(r); },
        const_cast<void*>(static_cast<void const*>(std::addressof(fn))));
  }

  /// The same with the last `count` numbers.
  template <class F>
  observed_reading read_last(std::uint64_t count, F&& fn) const {
    auto const l = level();
    return read(l.head - (count < l.records ? count : l.records), std::forward<F>(fn));
  }

  /// Copies the last bytes of a stream, at most `most` and at most what is kept, to `into`, whose size becomes what it
  /// was. Returns the position of the first of them. Streams: `errc::mismatch` otherwise.
  std::uint64_t copy_last(std::size_t most, std::vector<std::byte>& into) const;

  explicit operator bool() const noexcept { return observation_ != nullptr; }

 private:
  explicit observer(std::shared_ptr<detail::observation> o) noexcept : observation_(std::move(o)) {}

  observed_reading read_with(std::uint64_t from, std::size_t most, void (*call)(void*, observed_record const&),
                             void* context) const;

  std::shared_ptr<detail::observation> observation_;
};

}  // namespace quoit
