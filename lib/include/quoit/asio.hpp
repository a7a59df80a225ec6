// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include <boost/asio/buffer.hpp>

#include "quoit/byte_ring.hpp"

/// \file
/// Quoit for Boost.Asio. Only templates and inline functions: the library itself does not depend on Asio, and a
/// program that includes this file needs it (Debian: libboost-dev).

namespace quoit {

/// A byte ring as what Asio calls a dynamic buffer (DynamicBuffer_v1): for `boost::asio::read_until`, `read`, `write`
/// and their asynchronous kin. Nothing is copied between socket and ring, and whatever is read is one contiguous
/// buffer.
///
/// It refers to the ring, which must outlive the operation. Copies refer to the same ring.
class dynamic_byte_ring {
 public:
  using const_buffers_type = boost::asio::const_buffer;
  using mutable_buffers_type = boost::asio::mutable_buffer;

  explicit dynamic_byte_ring(byte_ring& ring) noexcept : ring_(&ring) {}

  std::size_t size() const noexcept { return ring_->size(); }
  std::size_t max_size() const noexcept { return ring_->capacity(); }
  std::size_t capacity() const noexcept { return ring_->capacity(); }
  const_buffers_type data() const noexcept { return {ring_->data().data(), ring_->size()}; }

  /// Throws std::length_error if so much is not free, as Asio asks for.
  mutable_buffers_type prepare(std::size_t n) {
    if (n > ring_->free_space()) throw std::length_error("quoit: the byte ring is full");
    auto const room = ring_->prepare(n);
    return {room.data(), room.size()};
  }
  void commit(std::size_t n) noexcept { ring_->commit(n); }
  void consume(std::size_t n) noexcept { ring_->consume(n); }

 private:
  byte_ring* ring_;
};

/// `boost::asio::read_until(socket, quoit::dynamic_buffer(ring), '\n')`
inline dynamic_byte_ring dynamic_buffer(byte_ring& ring) noexcept { return dynamic_byte_ring(ring); }

}  // namespace quoit
