// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quoit/error.hpp"
#include "quoit/export.hpp"
#include "quoit/info.hpp"
#include "quoit/options.hpp"
#include "quoit/publisher.hpp"
#include "quoit/stream_reader.hpp"
#include "quoit/stream_writer.hpp"
#include "quoit/subscriber.hpp"

namespace quoit {

class keeper;

namespace detail {
class attachment;
}

/// Asks `channel::create` to retire a live channel of the same name and put the new one in its place.
struct replace_t {
  explicit replace_t() = default;
};
inline constexpr replace_t replace{};

/// Asks `channel::remove` to leave a channel alone that somebody holds.
struct if_unused_t {
  explicit if_unused_t() = default;
};
inline constexpr if_unused_t if_unused{};

/// Asks `channel::open` to wait for the name to appear.
struct wait_for {
  std::chrono::nanoseconds timeout = forever;
};

/// The descriptors of a channel's two memory objects.
struct handles {
  int header = -1;
  int data = -1;
};

/// A named ring of memory that any number of processes share; this object holds it open in this process.
///
/// **Names.** `[A-Za-z0-9][A-Za-z0-9._-]*`, parts joined by `/`, 200 bytes at most: "camera/front".
/// **Lifetime.** A channel lives as long as any process holds it, by a `channel` object or a role or view obtained
/// from one; who created it does not matter. When the last one has gone, by whatever death, the memory is freed and
/// the name is free.
/// **Where.** Names are looked up in the registry directory: `$QUOIT_RUNTIME_DIR`, else `/dev/shm/quoit-UID`.
/// Processes meet when they use the same directory.
/// **Threads.** Const members may be called from several threads at once.
/// **Errors.** Everything here throws `quoit::error`, and is complete or without effect.
/// **Fork.** A child cannot use what it inherited (`errc::forked`, no harm to the parent), but may open channels of
/// its own.
class QUOIT_API channel {
 public:
  /// Creates a channel. `errc::exists` if a live one of that name is there; a dead one's name is taken over. Also if
  /// anything is at the path of its file: nothing is overwritten.
  static channel create(std::string_view name, channel_options const& options = {});

  /// Creates a channel, retiring a live one of that name: those inside learn `status::retired` where they would
  /// wait, may read what is left, and may open the name again. With a path, a channel's file there is replaced as well;
  /// what is no channel's is not.
  static channel create(std::string_view name, replace_t, channel_options const& options = {});

  /// Creates a channel that has no name, for the threads of one process.
  static channel create_anonymous(channel_options const& options = {});

  /// Opens what is there. `errc::no_such_channel` if nobody holds it, and it does not wait in a file; `errc::mismatch`
  /// if it differs from what is given in `expected`. Works while the creator is stopped or gone, as long as anybody
  /// holds the channel. `errc::unreachable` for another user, or from another pid namespace, unless there is a
  /// quoit::keeper and it lets us in; one that does not answer is waited for two seconds.
  static channel open(std::string_view name, channel_options const& expected = {});

  /// Waits until somebody has created it. `errc::timeout` when the time is over.
  static channel open(std::string_view name, wait_for wait, channel_options const& expected = {});

  /// Opens a channel by descriptors that somebody has handed over (by SCM_RIGHTS, pidfd_getfd, inheritance over exec).
  /// Copies them: the caller's stay the caller's. The channel has no name here, and is not held under any: the memory
  /// lives as long as anybody has it. System V segments have none. Throws `errc::damaged` or `errc::incompatible` for
  /// what is not the memory of a channel, `errc::mismatch` as `open`.
  static channel from_handles(handles const& h, channel_options const& expected = {});

  /// Opens it, or creates it if nobody holds it. Of two processes that do this at once, one creates.
  static channel open_or_create(std::string_view name, channel_options const& options = {});

  /// All names in the registry directory, sorted, with what is known of them: of the channels of other users only that
  /// they are there (`foreign`), but for root's and those of this owner. A bad entry is listed as such.
  static std::vector<listing> list(std::optional<std::uint32_t> owner = {});

  /// Takes the name away, and the channel's file if it has one. A live channel is retired: those inside keep it until
  /// they leave. Also deletes stale and damaged entries, but no file that never was a channel's.
  /// `errc::no_such_channel` if there is nothing of that name.
  static void remove(std::string_view name);

  /// The same, but `errc::exists` if somebody holds the channel, or uses its file under another registry directory:
  /// then nothing has changed.
  static void remove(std::string_view name, if_unused_t);

  channel() noexcept = default;
  channel(channel&&) noexcept = default;
  channel& operator=(channel&&) noexcept = default;
  channel(channel const&) = delete;
  channel& operator=(channel const&) = delete;
  ~channel() = default;

  /// Becomes the publisher, or one of as many as the rule `publishers` says. `errc::publisher_taken`, with a holder
  /// named, while so many others are alive. These two are for channels of messages, the next two for streams:
  /// `errc::mismatch` otherwise.
  quoit::publisher publisher(publisher_options const& options = {}) const;

  /// Adds a subscriber, a reliable one if nothing else is said. `errc::no_slot` when all places are taken by living
  /// ones, or `max_reliable` by reliable ones; `errc::not_held` if what it is to start with is not in the ring.
  quoit::subscriber subscriber(subscriber_options const& options = {}) const;

  /// Becomes the writer of a stream. `errc::publisher_taken`, with the holder named, while another one is alive;
  /// `errc::busy` if a living reader has not read beyond the ends of the last 23 writers (so that it meets each).
  quoit::stream_writer stream_writer(publisher_options const& options = {}) const;

  /// Adds a reader of a stream, likewise; it starts at `next`, at `oldest` or at a position.
  quoit::stream_reader stream_reader(subscriber_options const& options = {}) const;

  /// `errc::mismatch`, with both types named, if this is not a channel of messages of that very type. What typed roles
  /// ask before they join.
  void require_type(type_id const& type) const;

  /// Writes a channel whose memory is a file on a disk there. What is committed by now is kept then if the machine goes
  /// down, except what has been written over since (the ring goes on): after that the channel has, of what this
  /// covered, the newest part that is whole, and sequence numbers go on behind it. It says that the publisher of that
  /// time died; or that it closed, if it had closed before the sync and no other one had come. The last process to
  /// leave does the same. The death of processes takes nothing away, with or without this. Takes the time of the disk,
  /// and reads the ring once. Without effect on other backings. `errc::busy` if another process does it and is stopped.
  void sync() const;

  /// What `from_handles` takes in another process. They belong to the channel and live as long as this object or a role
  /// from it: send them, or copies. Who gets them can do all that this process can.
  handles native_handles() const;

  channel_info info() const;

  /// Who takes part now. Places of dead participants are freed by this call.
  std::vector<participant_info> participants() const;

  /// Whether the channel was removed or replaced under its name.
  bool retired() const;

  /// Lets go of the channel. Roles and views that came from it stay valid. Idempotent.
  void close() noexcept { attachment_.reset(); }

  explicit operator bool() const noexcept { return attachment_ != nullptr; }

 private:
  friend class keeper;
  explicit channel(std::shared_ptr<detail::attachment> a) noexcept : attachment_(std::move(a)) {}

  std::shared_ptr<detail::attachment> attachment_;
};

}  // namespace quoit
