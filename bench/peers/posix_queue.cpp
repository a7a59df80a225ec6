// SPDX-License-Identifier: BSL-1.0
#include <mqueue.h>
#include <sys/resource.h>

#include "peers/byte_ends.hpp"
#include "peers/peers.hpp"

namespace bench {

namespace {

class queue_sender final : public sender {
 public:
  queue_sender(mqd_t q, std::size_t size) : queue_(q), message_(size) {}
  void send(std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      write_payload(message_.data(), message_.size(), number_++);
      moved([&] {
        return ::mq_send(queue_, reinterpret_cast<char const*>(message_.data()), message_.size(), 0) == 0 ? 1 : -1;
      });
    }
  }

 private:
  mqd_t queue_;
  std::vector<std::byte> message_;
  std::uint64_t number_ = 0;
};

class queue_receiver final : public receiver {
 public:
  queue_receiver(mqd_t q, std::size_t size) : queue_(q), message_(size) {}
  void receive(std::uint64_t until) override {
    while (number_ < until) {
      moved([&] { return ::mq_receive(queue_, reinterpret_cast<char*>(message_.data()), message_.size(), nullptr); });
      require_payload(message_.data(), message_.size(), number_++);
    }
  }

 private:
  mqd_t queue_;
  std::vector<std::byte> message_;
  std::uint64_t number_ = 0;
};

class posix_queue final : public transport {
 public:
  explicit posix_queue(way const& w) : size_(w.size) {
    rlimit const all{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_MSGQUEUE, &all);  // as far as we may
    auto const name = "/" + w.name;
    int const flags = O_RDWR | O_CREAT | O_EXCL | (w.how == pace::polled ? O_NONBLOCK : 0);
    // As many messages as the system allows.
    for (auto most = std::clamp<long>(static_cast<long>(w.in_flight / w.size), 10, 65536); most >= 1; most /= 2) {
      mq_attr attributes{};
      attributes.mq_maxmsg = most;
      attributes.mq_msgsize = static_cast<long>(size_);
      queue_ = ::mq_open(name.c_str(), flags, 0600, &attributes);
      if (queue_ >= 0) break;
    }
    require(queue_ >= 0, "mq_open");
    ::mq_unlink(name.c_str());
  }
  ~posix_queue() override { ::mq_close(queue_); }
  std::unique_ptr<sender> open_sender() override { return std::make_unique<queue_sender>(queue_, size_); }
  std::unique_ptr<receiver> open_receiver() override { return std::make_unique<queue_receiver>(queue_, size_); }

 private:
  std::size_t size_;
  mqd_t queue_ = -1;
};

}  // namespace

std::unique_ptr<transport> make_posix_queue(way const& w) { return std::make_unique<posix_queue>(w); }

}  // namespace bench
