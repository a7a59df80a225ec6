// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <unistd.h>

#include "core/payload.hpp"
#include "peers/peers.hpp"
#include "peers/relax.hpp"

namespace bench {

namespace {

constexpr int longest_queue = 8192;

/// One end of a pair. Half of what may be in flight waits at each end.
class nng_end {
 public:
  nng_end(way const& w, bool listens) : flags_(w.how == pace::polled ? NNG_FLAG_NONBLOCK : 0) {
    require(::nng_pair0_open(&socket_) == 0, "nng_pair0_open");
    int const most = static_cast<int>(std::clamp<std::size_t>(w.in_flight / w.size / 2, 1, longest_queue));
    ::nng_socket_set_int(socket_, listens ? NNG_OPT_RECVBUF : NNG_OPT_SENDBUF, most);
    ::nng_socket_set_size(socket_, NNG_OPT_RECVMAXSZ, 0);
    auto const where = "ipc://" + path_of(w);
    if (listens) {
      require(::nng_listen(socket_, where.c_str(), nullptr, 0) == 0, "nng_listen");
    } else {
      while (::nng_dial(socket_, where.c_str(), nullptr, 0) != 0) ::usleep(1000);  // until the other one listens
    }
  }
  nng_end(nng_end const&) = delete;
  nng_end& operator=(nng_end const&) = delete;
  ~nng_end() { ::nng_close(socket_); }

  static std::string path_of(way const& w) { return "/tmp/" + w.name; }

  /// Calls `f(socket, flags)` until it succeeds.
  template <class F>
  void repeat(F&& f) const {
    for (int e = f(socket_, flags_); e != 0; e = f(socket_, flags_)) {
      require(e == NNG_EAGAIN || e == NNG_EINTR, "nng failed");
      relax();
    }
  }

 private:
  nng_socket socket_{};
  int flags_;
};

class nng_sender final : public sender {
 public:
  explicit nng_sender(way const& w) : end_(w, false), size_(w.size) {}
  void send(std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      nng_msg* m = nullptr;
      require(::nng_msg_alloc(&m, size_) == 0, "no memory");
      write_payload(static_cast<std::byte*>(::nng_msg_body(m)), size_, number_++);
      end_.repeat([m](nng_socket s, int flags) { return ::nng_sendmsg(s, m, flags); });
    }
  }

 private:
  nng_end end_;
  std::size_t size_;
  std::uint64_t number_ = 0;
};

class nng_receiver final : public receiver {
 public:
  explicit nng_receiver(way const& w) : end_(w, true), size_(w.size) {}
  void receive(std::uint64_t until) override {
    for (; number_ < until; ++number_) {
      nng_msg* m = nullptr;
      end_.repeat([&m](nng_socket s, int flags) { return ::nng_recvmsg(s, &m, flags); });
      require(::nng_msg_len(m) == size_, "a message was cut");
      require_payload(static_cast<std::byte const*>(::nng_msg_body(m)), size_, number_);
      ::nng_msg_free(m);
    }
  }

 private:
  nng_end end_;
  std::size_t size_;
  std::uint64_t number_ = 0;
};

class nng_way final : public transport {
 public:
  explicit nng_way(way const& w) : way_(w) {}
  ~nng_way() override { ::unlink(nng_end::path_of(way_).c_str()); }
  std::unique_ptr<sender> open_sender() override { return std::make_unique<nng_sender>(way_); }
  std::unique_ptr<receiver> open_receiver() override { return std::make_unique<nng_receiver>(way_); }

 private:
  way way_;
};

}  // namespace

std::unique_ptr<transport> make_nng(way const& w) { return std::make_unique<nng_way>(w); }

}  // namespace bench
