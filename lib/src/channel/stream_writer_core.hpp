// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include "channel/publisher_role.hpp"
#include "quoit/stream_writer.hpp"
#include "ring/stream_producer.hpp"

namespace quoit::detail {

/// What is behind a stream_writer. Belongs to its thread.
class stream_writer_core final : public publisher_role {
 public:
  /// Takes the writer's place. Throws `errc::publisher_taken` and `errc::busy`.
  stream_writer_core(std::shared_ptr<attachment> a, publisher_options const& options);
  ~stream_writer_core() = default;

  /// Room for at least `least` bytes, and for more up to `most` if it is there.
  stream_room prepare(std::size_t least, std::size_t most, patience p, std::chrono::nanoseconds timeout,
                      waiting how) noexcept;
  stream_commit commit(std::size_t size) noexcept;
  transfer write(std::span<std::byte const> bytes, std::chrono::nanoseconds timeout, waiting how) noexcept;
  transfer read_from(int fd, std::size_t most, std::chrono::nanoseconds timeout, waiting how) noexcept;
  std::uint64_t position() const noexcept { return producer_.position(); }

  /// Leaves the end and frees the place.
  void end(segment::end_kind how) noexcept { finish(how); }

 private:
  [[noreturn]] void refuse_busy() const;

  /// Whether somebody has written over our place, so that we count as dead. Then nothing more is prepared.
  bool is_ousted() noexcept;

  status look(bool thorough) noexcept override;
  std::optional<ring::frontier> find_goal() const noexcept override { return ring::frontier{0, producer_.position()}; }
  bool is_in_way(std::uint64_t cursor, ring::frontier const&) const noexcept override {
    return producer_.is_in_way(cursor, wanted_);
  }

  ring::stream_producer producer_;
  std::size_t wanted_ = 0;    // of the room that is waited for, at least
  std::size_t wish_ = 0;      // and at most
  std::size_t prepared_ = 0;  // bytes behind the producer's position
};

}  // namespace quoit::detail
