// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cerrno>
#include <vector>

#include <unistd.h>
#include <zmq.h>

#include "core/payload.hpp"
#include "peers/peers.hpp"
#include "peers/relax.hpp"

namespace bench {

namespace {

/// A PUSH or PULL socket with its context. Half of what may be in flight waits at each end.
class zmq_end {
 public:
  zmq_end(way const& w, int type) : context_(::zmq_ctx_new()), socket_(::zmq_socket(context_, type)) {
    int const most = static_cast<int>(std::clamp<std::size_t>(w.in_flight / w.size / 2, 1, 1U << 20U));
    int const linger = -1;
    ::zmq_setsockopt(socket_, type == ZMQ_PUSH ? ZMQ_SNDHWM : ZMQ_RCVHWM, &most, sizeof most);
    ::zmq_setsockopt(socket_, ZMQ_LINGER, &linger, sizeof linger);
    auto const where = "ipc://" + path_of(w);
    int const done = type == ZMQ_PULL ? ::zmq_bind(socket_, where.c_str()) : ::zmq_connect(socket_, where.c_str());
    require(done == 0, "cannot bind or connect a ZeroMQ socket");
  }
  zmq_end(zmq_end const&) = delete;
  zmq_end& operator=(zmq_end const&) = delete;
  ~zmq_end() {
    ::zmq_close(socket_);
    ::zmq_ctx_term(context_);
  }

  static std::string path_of(way const& w) { return "/tmp/" + w.name; }
  void* get() const noexcept { return socket_; }

 private:
  void* context_;
  void* socket_;
};

/// Calls `f` until it succeeds.
template <class F>
void repeat(F&& f) {
  while (f() < 0) {
    require(errno == EAGAIN || errno == EINTR, "ZeroMQ failed");
    relax();
  }
}

class zmq_sender final : public sender {
 public:
  explicit zmq_sender(way const& w)
      : end_(w, ZMQ_PUSH), size_(w.size), flags_(w.how == pace::polled ? ZMQ_DONTWAIT : 0) {}
  void send(std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      zmq_msg_t m;
      require(::zmq_msg_init_size(&m, size_) == 0, "no memory");
      write_payload(static_cast<std::byte*>(::zmq_msg_data(&m)), size_, number_++);
      repeat([&] { return ::zmq_msg_send(&m, end_.get(), flags_); });
    }
  }

 private:
  zmq_end end_;
  std::size_t size_;
  int flags_;
  std::uint64_t number_ = 0;
};

class zmq_receiver final : public receiver {
 public:
  explicit zmq_receiver(way const& w)
      : end_(w, ZMQ_PULL), size_(w.size), flags_(w.how == pace::polled ? ZMQ_DONTWAIT : 0) {}
  void receive(std::uint64_t until) override {
    for (; number_ < until; ++number_) {
      zmq_msg_t m;
      ::zmq_msg_init(&m);
      repeat([&] { return ::zmq_msg_recv(&m, end_.get(), flags_); });
      require(::zmq_msg_size(&m) == size_, "a message was cut");
      require_payload(static_cast<std::byte const*>(::zmq_msg_data(&m)), size_, number_);
      ::zmq_msg_close(&m);
    }
  }

 private:
  zmq_end end_;
  std::size_t size_;
  int flags_;
  std::uint64_t number_ = 0;
};

class zeromq final : public transport {
 public:
  explicit zeromq(way const& w) : way_(w) {}
  ~zeromq() override { ::unlink(zmq_end::path_of(way_).c_str()); }
  std::unique_ptr<sender> open_sender() override { return std::make_unique<zmq_sender>(way_); }
  std::unique_ptr<receiver> open_receiver() override { return std::make_unique<zmq_receiver>(way_); }

 private:
  way way_;
};

}  // namespace

std::unique_ptr<transport> make_zeromq(way const& w) { return std::make_unique<zeromq>(w); }

}  // namespace bench
