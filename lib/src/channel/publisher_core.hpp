// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include "channel/publisher_role.hpp"
#include "quoit/publisher.hpp"
#include "ring/producer.hpp"

namespace quoit::detail {

/// What a publisher and its reservation share. Counted without atomics: they belong to one thread.
class publisher_core final : public publisher_role {
 public:
  /// Takes the publisher's place. Throws `errc::publisher_taken`.
  publisher_core(std::shared_ptr<attachment> a, publisher_options const& options);

  reservation reserve(std::size_t size, patience p, std::chrono::nanoseconds timeout, waiting how) noexcept;
  commit_result commit(std::size_t reserved, std::size_t size, std::uint32_t tag) noexcept;
  void discard() noexcept { reserved_ = false; }

  /// Leaves the end and frees the place. Idempotent.
  void close() noexcept;

  void drop() noexcept;

 private:
  status make_room(std::size_t size, patience p, std::chrono::nanoseconds timeout, waiting how) noexcept;

  status look(bool thorough) noexcept override;
  void recover() noexcept override;

  ring::producer producer_;
  std::size_t wanted_ = 0;  // of the reservation that is waited for
  unsigned owners_ = 1;     // the publisher object and the reservation
  bool open_ = true;
  bool reserved_ = false;
};

}  // namespace quoit::detail
