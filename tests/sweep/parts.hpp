// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "payload.hpp"
#include "ring_scene.hpp"

/// \file
/// Parts that several scenes of messages are made of.

namespace sweep {

/// What stands before the bytes that follow from it.
struct head {
  std::uint32_t who;
  std::uint32_t nth;
};

/// A publisher whose records verify themselves and are written down, before and after they are committed.
class source {
 public:
  /// Waits for a place.
  source(quoit::channel const& ch, ledger& l, std::uint32_t who, std::string const& label = "source");

  void message();
  void discarded();
  void offered();
  void many(std::uint64_t count);
  void half_a_batch(std::uint64_t count);
  void evict(std::string const& label);
  quoit::publisher& role() noexcept { return pub_; }

  /// Evicts those of this label whenever there is no room.
  std::string victims{};

 private:
  quoit::reservation room(std::uint64_t size);

  ledger* ledger_;
  std::uint32_t who_;
  quoit::publisher pub_;
};

head head_of(std::span<std::byte const> bytes);

/// Whether the bytes are as their source wrote them.
bool is_whole(std::span<std::byte const> bytes);

/// Receives everything, and checks that of each source it is everything, once and in order.
void witness_messages(quoit::channel const& ch, ledger& l);

/// Publishes a mixture of everything, so many records a life. (How long somebody overslept is known while he lives.)
constexpr std::uint64_t whole_play = ~std::uint64_t{0};
part publish_on(std::uint32_t who, std::string const& victims = {}, std::uint64_t life = 40);

/// More than two laps of 4096 bytes and 16 records.
constexpr std::uint64_t two_laps_of_messages = 60;

}  // namespace sweep
