// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "quoit/byte_ring.hpp"
#include "quoit/message.hpp"
#include "quoit/stream_reader.hpp"
#include "quoit/subscriber.hpp"

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

namespace detail {

inline message try_next(subscriber& role) noexcept { return role.try_receive(); }
inline status status_of(message const& m) noexcept { return m.status(); }
inline stream_view try_next(stream_reader& role) noexcept { return role.try_data(); }
inline status status_of(stream_view const& v) noexcept { return v.status; }

/// A role, and the descriptor by which Asio's reactor waits for it.
template <class Role, class Result, class Executor>
class async_role {
 public:
  using executor_type = Executor;

  async_role(async_role const&) = delete;
  async_role& operator=(async_role const&) = delete;

  executor_type get_executor() noexcept { return descriptor_.get_executor(); }

  /// The subscriber or reader itself, for all else. Not to be received from while an operation is going on.
  Role& role() noexcept { return role_; }

  /// Ends the operation that is going on, if one is, with `boost::asio::error::operation_aborted`. Nothing is lost.
  void cancel() {
    *turn_ = 0;
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
  }

 protected:
  async_role(Executor const& executor, Role role) : role_(std::move(role)), descriptor_(executor, role_.event_fd()) {}
  ~async_role() {
    *turn_ = 0;
    descriptor_.release();  // its number belongs to the role
  }

  template <class Token>
  auto async_next(Token&& token) {
    return boost::asio::async_compose<Token, void(boost::system::error_code, Result)>(operation{this, turn_}, token,
                                                                                      descriptor_);
  }

 private:
  using descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;

  struct operation {
    async_role* owner;                    // not touched once its turn is over: it may be gone
    std::shared_ptr<std::uint64_t> turn;  // of which operation it is; 0: of none
    std::uint64_t mine = 0;
    Result result{};
    boost::system::error_code error{};
    enum class stage { new_one, waiting, complete } at = stage::new_one;

    template <class Self>
    void operator()(Self& self, boost::system::error_code e = {}) {
      switch (at) {
        case stage::new_one:
          if (*turn != 0) return finish(self, boost::asio::error::already_started);
          *turn = mine = ++owner->operations_;
          return look(self);
        case stage::waiting:
          if (e || *turn != mine) return self.complete(boost::asio::error::operation_aborted, Result{});
          return look(self);
        case stage::complete:
          // Bytes of a stream are still there for the next one, or have gone with their reader; a message is had.
          if (std::is_same_v<Result, stream_view> && !error && *turn != mine) {
            return self.complete(boost::asio::error::operation_aborted, Result{});
          }
          if (*turn == mine) *turn = 0;
          return self.complete(error, std::move(result));
      }
    }

    template <class Self>
    void look(Self& self) {
      result = try_next(owner->role_);
      if (status_of(result) != status::timeout) return finish(self, {});
      if (owner->role_.arm() != status::ok) {
        Role none;
        result = try_next(none);  // detached: somebody has closed the number, so that nobody can wait here any more
        return finish(self, {});
      }
      at = stage::waiting;
      owner->descriptor_.async_wait(descriptor::wait_read, std::move(self));
    }

    /// By way of the executor: no handler runs within the call that began it.
    template <class Self>
    void finish(Self& self, boost::system::error_code e) {
      at = stage::complete;
      error = e;
      boost::asio::post(owner->get_executor(), std::move(self));
    }
  };

  Role role_;
  descriptor descriptor_;
  std::shared_ptr<std::uint64_t> turn_ = std::make_shared<std::uint64_t>(0);
  std::uint64_t operations_ = 0;
};

}  // namespace detail

/// A subscriber for callbacks, futures and coroutines.
///
/// ```cpp
/// quoit::async_subscriber camera(io.get_executor(), channel.subscriber());
/// while (auto m = co_await camera.async_receive(boost::asio::use_awaitable)) show(m.bytes());
/// ```
///
/// Destroying it ends its operation with `operation_aborted`.
/// **Threads.** It, its operations and the messages belong to one thread, or to one strand.
template <class Executor = boost::asio::any_io_executor>
class basic_async_subscriber : public detail::async_role<subscriber, message, Executor> {
  using base = detail::async_role<subscriber, message, Executor>;

 public:
  /// Takes over the subscriber. Throws as `subscriber::event_fd`.
  basic_async_subscriber(Executor const& executor, quoit::subscriber s) : base(executor, std::move(s)) {}

  /// The next message, or why there is none: what `subscriber::receive` answers. Of an error code there is only
  /// `operation_aborted`, and `already_started` while another operation of this object is going on.
  /// Signature of the handler: `void(boost::system::error_code, quoit::message)`.
  template <class Token>
  auto async_receive(Token&& token) {
    return this->async_next(std::forward<Token>(token));
  }
};
using async_subscriber = basic_async_subscriber<>;

/// The reader of a stream, likewise.
template <class Executor = boost::asio::any_io_executor>
class basic_async_stream_reader : public detail::async_role<stream_reader, stream_view, Executor> {
  using base = detail::async_role<stream_reader, stream_view, Executor>;

 public:
  basic_async_stream_reader(Executor const& executor, quoit::stream_reader r) : base(executor, std::move(r)) {}

  /// All that is unread, at least one byte; or why there is none. As `stream_reader::data`: consume it by
  /// `role().consume(n)`.
  /// Signature of the handler: `void(boost::system::error_code, quoit::stream_view)`.
  template <class Token>
  auto async_data(Token&& token) {
    return this->async_next(std::forward<Token>(token));
  }
};
using async_stream_reader = basic_async_stream_reader<>;

}  // namespace quoit
