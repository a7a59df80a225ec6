// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "channel/subscriber_role.hpp"
#include "quoit/stream_reader.hpp"
#include "ring/stream_consumer.hpp"

namespace quoit::detail {

/// What is behind a stream_reader. Belongs to its thread.
class stream_reader_core final : public subscriber_role {
 public:
  /// Takes a place. Throws `errc::no_slot` and `errc::not_held`.
  stream_reader_core(std::shared_ptr<attachment> a, subscriber_options const& options);
  ~stream_reader_core() = default;

  stream_view data(std::size_t at_least, std::chrono::nanoseconds timeout, waiting how) noexcept;
  stream_view try_data(std::size_t at_least) noexcept;
  status consume(std::size_t size) noexcept;
  transfer read(std::span<std::byte> into, std::chrono::nanoseconds timeout, waiting how) noexcept;
  transfer write_to(int fd, std::size_t most, std::chrono::nanoseconds timeout, waiting how) noexcept;
  bool is_whole() const noexcept { return is_undisturbed() && (!is_lossy() || consumer_.is_kept()); }
  loss last_loss() const noexcept { return consumer_.last_loss(); }
  void rewind(start_point where);
  std::uint64_t lag() const noexcept;
  std::uint64_t position() const noexcept { return consumer_.position(); }
  standing stands() const noexcept override { return consumer_; }

 private:
  void join(start_point where);
  status next(std::uint64_t at_least) noexcept;
  status note_loss() noexcept;
  stream_view view(status s) const noexcept;
  status look(bool thorough) noexcept override;

  ring::stream_consumer consumer_;
  std::vector<std::byte> copy_;  // of a lossy one: what is written elsewhere is copied and checked first
  std::uint64_t wanted_ = 1;     // of the bytes that are waited for
};

}  // namespace quoit::detail
