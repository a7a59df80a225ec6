// SPDX-License-Identifier: BSL-1.0
#include <sys/socket.h>

#include "peers/byte_ends.hpp"
#include "peers/peers.hpp"

namespace bench {

namespace {

class packet_receiver final : public receiver {
 public:
  packet_receiver(int fd, way const& w) : fd_(fd), packet_(w.size) { set_polled(fd, w.how); }

  void receive(std::uint64_t until) override {
    while (number_ < until) {
      auto const n = moved([&] { return ::recv(fd_, packet_.data(), packet_.size(), 0); });
      require(n == packet_.size(), "a packet was cut");
      require_payload(packet_.data(), n, number_++);
    }
  }

 private:
  int fd_;
  std::vector<std::byte> packet_;
  std::uint64_t number_ = 0;
};

class unix_socket final : public transport {
 public:
  unix_socket(way const& w, int type) : way_(w), type_(type) {
    int ends[2];
    require(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    ends_.in = ends[0];
    ends_.out = ends[1];
    int const wanted = static_cast<int>(w.in_flight);
    for (int const fd : ends) {
      ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
      ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    }
  }
  std::unique_ptr<sender> open_sender() override { return std::make_unique<byte_sender>(ends_.out, way_); }
  std::unique_ptr<receiver> open_receiver() override {
    if (type_ == SOCK_SEQPACKET) return std::make_unique<packet_receiver>(ends_.in, way_);
    return std::make_unique<byte_receiver>(ends_.in, way_);
  }

 private:
  way way_;
  int type_;
  descriptor_pair ends_;
};

}  // namespace

std::unique_ptr<transport> make_unix_stream(way const& w) { return std::make_unique<unix_socket>(w, SOCK_STREAM); }
std::unique_ptr<transport> make_unix_seqpacket(way const& w) {
  return std::make_unique<unix_socket>(w, SOCK_SEQPACKET);
}

}  // namespace bench
