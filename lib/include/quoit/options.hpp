// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "quoit/export.hpp"
#include "quoit/units.hpp"

/// \file
/// What can be chosen: the rules of a channel (fixed at creation), and how each role joins and waits.
///
/// All are aggregates for designated initialisers, in the order of their members: `{.capacity = 64_MiB, .slots = 8}`.

namespace quoit {

/// What a channel carries.
enum class kind : std::uint8_t {
  messages = 1,  ///< Framed records, each with a sequence number and a tag.
  stream = 2,    ///< Bare bytes: whatever is unread is one span.
};
inline constexpr kind messages = kind::messages;
inline constexpr kind stream = kind::stream;

/// What the memory of a channel is to the kernel.
///
/// | backing   | outlives its last process           | reached by others through                 |
/// |-----------|-------------------------------------|-------------------------------------------|
/// | `memfd`   | no                                  | /proc of a holder                         |
/// | `hugetlb` | no                                  | /proc of a holder                         |
/// | `file`    | yes; on a disk the machine, as far as `channel::sync` says | its path           |
/// | `sysv`    | no                                  | its ids, within one IPC namespace         |
///
/// docs/guide/memory.md says which is for whom.
enum class backing : std::uint8_t {
  memfd = 1,    ///< Anonymous memory, freed with its last user. The default.
  hugetlb = 2,  ///< The same, its data in pages of 2 MiB from the system's pool (vm.nr_hugepages).
  file = 3,     ///< A file at a path. Under /dev/shm it is POSIX shared memory.
  sysv = 4,     ///< Two System V segments, marked for removal as soon as they are attached.
};

/// "memfd", "hugetlb", "file", "sysv". Never null.
QUOIT_API char const* to_string(backing b) noexcept;

/// What keeps a wake-up from being lost between one that makes a change and looks for sleepers, and one that says that
/// it sleeps and looks for changes. docs/design/protocol.md has the reasons and figures.
enum class barrier : std::uint8_t {
  /// Each commit and each release passes a full fence, though nobody sleeps.
  fence = 1,
  /// They pass none. Who is about to sleep has the kernel fence all processes that use such channels (membarrier(2)):
  /// it
  /// interrupts each core on which one of them runs, for a microsecond or so. A process that may not register for that
  /// fences for itself; one that may not call it naps for milliseconds instead of sleeping.
  asymmetric = 2,
};

/// What the payload holds. Who states a type opens only channels of that very type: all five must be the same.
/// `type_of<T>()` in quoit/typed.hpp makes one from a C++ type.
struct type_id {
  std::string name{};           ///< At most 100 bytes, printable. Empty: not stated.
  std::uint32_t version = 0;    ///< Any number.
  std::uint32_t size = 0;       ///< Of a value, in bytes. 0: not stated.
  std::uint32_t alignment = 0;  ///< Of a value, a power of two. 0: not stated.
  std::uint32_t tail = 0;       ///< The size of each element that follows the value. 0: nothing follows.
  bool operator==(type_id const&) const = default;
};

/// In words, for errors and reports.
QUOIT_API std::string to_string(type_id const& type);

/// How this process maps the data of a channel. No rule of the channel: each process chooses for itself.
struct mapping_options {
  /// Ask for transparent huge pages. Both halves are aligned for them; the capacity should be 2 MiB or more. A hint:
  /// the kernel may have none, or none in one piece. `ThpSizes` do not matter; /proc/self/smaps tells what came of it.
  bool huge_pages = false;

  /// Map every page of the data when it is first mapped, instead of one by one at the first access to each.
  bool prefault = false;

  /// Keep the data from being swapped out, or a file's from being dropped (mlock). Needs RLIMIT_MEMLOCK, else the role
  /// is refused. Implies `prefault`.
  bool lock = false;

  /// If others truncate the file, or punch holes (in `hugetlb`, too) and no page is left to fill them: turns the SIGBUS
  /// of an access to what is gone, which would end the process, into zeros, and roles answer `corrupt` from then on.
  /// Installs a handler of SIGBUS once in this process; a signal that does not concern a guarded channel goes on to the
  /// handler that was there before. Has no effect on other backings: they cannot be cut, and holes in them are filled.
  bool survive_truncation = false;
};

/// The rules of a channel. `create` takes what is not given from the defaults named here; `open_or_create` and
/// `open` require an existing channel to match what is given, and accept the rest as it is.
struct channel_options {
  /// Bytes of the data ring, 1 to 32 TiB, rounded up to a power of two of at least a page. Default 1 MiB.
  std::optional<std::uint64_t> capacity{};

  /// Default: messages.
  std::optional<quoit::kind> kind{};

  /// Default: memfd, or file if a path is given. With `hugetlb` the capacity is at least 2 MiB.
  std::optional<quoit::backing> backing{};

  /// With the backing `file`: where it is, at most 1000 bytes; a relative one is taken from the current directory of
  /// the one who creates it. `create` and `open_or_create` make it if nothing is there; `open_or_create` and `open`
  /// take up the channel that is in it, with what it holds, whether or not any process had it open; `create` refuses
  /// to. One that has another name gets this one if nobody uses it, else `errc::mismatch`. The file system must be a
  /// local one and know O_TMPFILE.
  std::string path{};

  /// If huge pages or System V segments cannot be had, take memfd instead of failing; `channel_info` tells which it has
  /// become. Who opens a channel with this accepts either. It is no rule of the channel.
  bool or_memfd = false;

  /// Default: not stated.
  std::optional<type_id> type{};

  /// How many records are kept track of, rounded up to a power of two of at least 8; the ring holds one less at once.
  /// Each costs 16 bytes of header (32 with time stamps). Default: capacity / 128, at least 64. Streams have none.
  std::optional<std::uint64_t> records{};

  /// How many publishers there may be at once, 1 to 1000. Default 1: an exclusive one, whose path has no
  /// read-modify-write; another one is refused while it lives. With more, records of all have one common order, that of
  /// their claims; reservations may be held by several and committed in any order, and are delivered in the order of
  /// the claims. Not for streams. At most 1023 together with `slots`.
  std::optional<std::uint32_t> publishers{};

  /// Places for subscribers, 1 to 1000. Default 64.
  std::optional<std::uint32_t> slots{};

  /// How many of them may be reliable subscribers, for which the publisher waits; 0 to `slots`. Default: all.
  /// With 0 nobody can hold a publisher up: all subscribers are lossy. (Those may also take places that reliable ones
  /// could have, when the others are taken.)
  std::optional<std::uint32_t> max_reliable{};

  /// The alignment of each payload in bytes: a power of two from 16 to the page size. Default 16. A record takes
  /// a multiple of it. Not for streams.
  std::optional<std::uint32_t> alignment{};

  /// Keep the time of each commit (CLOCK_MONOTONIC, ns), to be had as `message::time()`. Default false. Not for
  /// streams.
  std::optional<bool> timestamps{};

  /// Nobody but the creator may ever publish: the data is sealed (F_SEAL_FUTURE_WRITE, Linux 5.1), so that no other
  /// process can map it for writing or write to it, whatever it may do else. Publishers come from the channel object
  /// that `create` returned; everybody else gets `errc::not_creator`. When the creator has gone, what
  /// it published can still be read, and nobody publishes any more: create the channel anew. With the backings memfd
  /// and hugetlb only. Default false. docs/design/security.md says what it guards against and what not.
  std::optional<bool> creator_only{};

  /// Default: asymmetric where this system has it, else fence.
  std::optional<quoit::barrier> barrier{};

  /// Who else may use it: permission bits as of chmod(2), for the channel's file in the registry directory and for its
  /// memory, whatever the umask is. With 0660 the group of the creator takes part, with 0666 everybody; with 0640 or
  /// 0644 they may only look on (`observer`). At least 0600, which is the default; not for System V segments. Other
  /// users also need a way to the memory: a `quoit::keeper`, or a file; and must trust its owner (`owner`), unless that
  /// is root. No rule of the channel; but a channel that is opened with a mode must not let in more than that says,
  /// else `errc::mismatch`. So say 0600 where others may write in the registry directory, and nobody else is to take
  /// part.
  std::optional<std::uint32_t> mode{};

  /// Open the channel of this user, too. By default only those of one's own and of root are opened: whoever made a
  /// channel decides what is in it. No rule of the channel. With backing `file` it may be one that nobody uses any
  /// more; to take that up, the registry directory must not be sticky, as its name is given anew.
  std::optional<std::uint32_t> owner{};

  /// How this process maps the data; no rule of the channel.
  mapping_options mapping{};
};

/// How to wait, chosen for each call.
enum class waiting : std::uint8_t {
  spin,   ///< Look for some microseconds (the time adapts to how often that helps), then sleep. The default.
  sleep,  ///< Sleep at once. The least CPU time.
  poll,   ///< Never sleep. The least latency, at the price of a core.
};

/// No limit of time.
inline constexpr std::chrono::nanoseconds forever = std::chrono::nanoseconds::max();

/// Where a subscriber, or the reader of a stream, starts.
enum class start : std::uint8_t {
  next,      ///< The first message (or byte) published after the subscription. The default.
  latest,    ///< The newest message in the ring, or the next one if there is none. Not for streams.
  oldest,    ///< Everything that is still in the ring: history at no cost.
  sequence,  ///< A sequence number (of a stream, a position); `errc::not_held` if it is not held. See `from_sequence`.
  time,      ///< The first message committed then or later, of a channel with time stamps. See `from_time`.
};
inline constexpr start next = start::next;
inline constexpr start latest = start::latest;
inline constexpr start oldest = start::oldest;

/// One of these, with its number.
struct start_point {
  constexpr start_point(start k = start::next, std::uint64_t v = 0) noexcept : kind(k), value(v) {}
  start kind;
  std::uint64_t value;
};

/// This message, or this byte of a stream.
constexpr start_point from_sequence(std::uint64_t sequence) noexcept { return {start::sequence, sequence}; }

/// CLOCK_MONOTONIC, as `message::time()`.
constexpr start_point from_time(std::chrono::nanoseconds time) noexcept {
  return {start::time, static_cast<std::uint64_t>(time.count())};
}

/// What a subscriber is to its publishers.
enum class delivery : std::uint8_t {
  reliable,  ///< They wait for it, as their own policy says; it gets everything from its start on. The default.
  lossy,     ///< Nobody ever waits for it, and it costs publishers nothing; it is told exactly what it has missed.
};
inline constexpr delivery reliable = delivery::reliable;
inline constexpr delivery lossy = delivery::lossy;

/// How a publisher, or the writer of a stream, joins.
struct publisher_options {
  /// Shown to others beside the pid. At most 47 bytes; longer ones are cut. Empty: the name of the program.
  std::string label{};

  /// How long a call waits for reliable subscribers that hold it up before it evicts them: they get nothing more and
  /// learn it at their next call (`status::evicted`), and their views say `whole() == false`. This is about living
  /// ones: the dead are passed at once. 0: a call that may wait evicts them without waiting. A call that is to wait no
  /// longer than that evicts nobody. Default: for ever, nobody is evicted.
  std::chrono::nanoseconds patience = forever;
};

/// How a subscriber, or the reader of a stream, joins.
struct subscriber_options {
  start_point start{};
  quoit::delivery delivery = quoit::delivery::reliable;

  /// Lossy subscribers to messages: always the newest one that is there, instead of the next. What is passed over so is
  /// not told as lost; sequence numbers show it.
  bool conflate = false;

  /// As for publishers.
  std::string label{};
};

}  // namespace quoit
